// Fields of view, across, in degrees; and how they change distances.

// Of photos seen by presets that don't say for which camera their depth is.
const USUAL = 64;

const focal = (fov, width) => width / 2 / Math.tan((fov * Math.PI) / 360);
export const angleOf = (focal, width) =>
  (360 / Math.PI) * Math.atan(width / 2 / focal);
const trained = (preset) => focal(preset.field_of_view, preset.working_size[1]);

// The field of view with which a photo looks to the network as its training
// images did.
export function assumed(preset, [height, width]) {
  if (!preset.field_of_view) return USUAL;
  const [rows, columns] = preset.working_size;
  const seen = Math.sqrt((rows * columns * width) / height);
  return angleOf(trained(preset), seen);
}

// How many times as near as it is the scene looked to the network, which saw
// `width` pixels across.
export function nearness(preset, width, fov) {
  return preset.field_of_view ? focal(fov, width) / trained(preset) : 1;
}
