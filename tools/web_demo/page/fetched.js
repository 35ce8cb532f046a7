// A file of this page's host; what can't be had is named.

export async function fetched(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error(`${url} could not be fetched: the host does not answer.`);
  }
  if (response.ok) return response;
  throw new Error(`${url} could not be fetched: status ${response.status}.`);
}
