"""Values beside those of TorchJD, an independent library.

Of the random methods what is drawn differs; so they are compared where the
order does not matter, or in the mean.
"""

import keras
import numpy as np
import pytest

from mtl_zoo import balancing
from tests.balancing.as_numbers import combine
from tests.balancing.as_numbers import prepared
from tests.balancing.as_numbers import to_tensor
from tests.balancing.as_numbers import weigh

torch = pytest.importorskip("torch")
aggregation = pytest.importorskip("torchjd.aggregation")
scalarization = pytest.importorskip("torchjd.scalarization")
linalg = pytest.importorskip("torchjd.linalg")


def gradients_of(count, size=6, seed=0):
    """Rows as unequal as gradients of tasks are, many in conflict."""
    rng = np.random.default_rng(seed)
    lengths = 10.0 ** rng.uniform(-1, 1, (count, 1))
    common = rng.normal(size=(1, size)) * 0.3
    return (rng.normal(size=(count, size)) + common) * lengths


def exact():
    """The projection without rounding of the inner products."""
    return linalg.QuadprogProjector(norm_eps=0.0, reg_eps=1e-9)


def as_torch(values):
    return torch.tensor(np.asarray(values), dtype=torch.float64)


@pytest.mark.parametrize(
    "name, make",
    [
        ("imtl_g", lambda: aggregation.IMTLGWeighting()),
        ("mgda", lambda: aggregation.MGDAWeighting(1e-9, 10_000)),
        ("aligned_mtl", lambda: aggregation.AlignedMTLWeighting()),
        ("fair_grad", lambda: aggregation.FairGradWeighting(1.0)),
        (
            balancing.FairGrad(2.0),
            lambda: aggregation.FairGradWeighting(2.0),
        ),
        (
            balancing.FairGrad(0.5),
            lambda: aggregation.FairGradWeighting(0.5),
        ),
        # TorchJD has means where ours are sums.
        (
            "upgrad",
            lambda: aggregation.UPGradWeighting(None, exact()),
        ),
        (
            "dual_proj",
            lambda: aggregation.DualProjWeighting(None, exact()),
        ),
    ],
)
def test_weights_of_gradients(name, make):
    sums = name in ("upgrad", "dual_proj", "aligned_mtl")
    for count in (2, 3, 5):
        for seed in range(5):
            gradients = gradients_of(count, seed=seed)
            method = balancing.get(name)
            method = type(method).from_config(method.get_config())
            found = weigh(method, gradients, [1] * count, [1] * count)
            gram = as_torch(gradients @ gradients.T)
            expected = make()(gram).numpy() * (count if sums else 1)
            size = np.linalg.norm(expected @ gradients)
            np.testing.assert_allclose(
                found @ gradients,
                expected @ gradients,
                atol=5e-3 * size,
                err_msg=f"{count} tasks, seed {seed}",
            )


def test_a_direction_that_hurts_no_task():
    for name in ("upgrad", "dual_proj"):
        for seed in range(20):
            gradients = gradients_of(4, seed=seed)
            direction = weigh(balancing.get(name), gradients, [1] * 4, [1] * 4)
            products = gradients @ (direction @ gradients)
            norms = np.linalg.norm(gradients, axis=1)
            size = np.linalg.norm(direction @ gradients)
            assert (products / norms >= -1e-3 * size).all()


def test_grad_vac():
    # With two tasks each has one other, whatever the order.
    method = balancing.GradVac(beta=0.3)
    theirs = aggregation.GradVacWeighting(beta=0.3)
    for seed in range(6):
        gradients = gradients_of(2, seed=seed)
        expected = theirs(as_torch(gradients @ gradients.T)).numpy()
        np.testing.assert_allclose(
            weigh(method, gradients), expected, rtol=1e-3, atol=1e-3
        )
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(method.goals), theirs._phi_t, atol=1e-4
    )


def test_grad_drop():
    gradients = gradients_of(3, size=5).astype("float32")
    method = prepared(balancing.GradDrop(leak=0.25, seed=0), 3)
    ours = np.mean(
        [
            keras.ops.convert_to_numpy(
                method.transform(
                    to_tensor(gradients), 0, None, None, to_tensor([1] * 3)
                )
            ).sum(0)
            for _ in range(400)
        ],
        axis=0,
    )
    torch.manual_seed(0)
    theirs = aggregation.GradDrop(leak=torch.full((3,), 0.25))
    theirs = np.mean(
        [theirs(torch.tensor(gradients)).numpy() for _ in range(4000)], axis=0
    )
    spread = np.abs(gradients).sum(0) / np.sqrt(400)
    assert (np.abs(ours - theirs) < 3 * spread).all()


@pytest.mark.parametrize("direction", [0.0, 0.3, 3.0])
def test_sdm_grad(direction):
    method = prepared(balancing.SDMGrad(direction), 3)
    theirs = aggregation.SDMGradWeighting(lambda_=direction)
    for seed in range(4):
        first = gradients_of(3, seed=seed)
        second = first + 0.1 * gradients_of(3, seed=seed + 10)
        product = first @ second.T
        expected = theirs(as_torch(product)).numpy()
        found = method.weigh(to_tensor(product), None, to_tensor([1, 1, 1]))
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_modo():
    method = prepared(balancing.MoDo(gamma=0.1, rho=0.2), 3)
    theirs = aggregation.MoDoWeighting(gamma=0.1, rho=0.2)
    for seed in range(4):
        product = gradients_of(3, seed=seed) @ gradients_of(3, seed=seed + 9).T
        expected = theirs(as_torch(product)).numpy()
        found = method.weigh(to_tensor(product), None, to_tensor([1, 1, 1]))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_imtl_l():
    method = prepared(balancing.IMTLL())
    theirs = scalarization.IMTLL(2)
    scales = [0.5, -1.0]
    method.scales.assign(scales)
    theirs.log_scale.data = torch.tensor(scales)
    expected = float(theirs(torch.tensor([2.0, 3.0])))
    np.testing.assert_allclose(combine(method, [2, 3]), expected, rtol=1e-6)


def test_stch():
    losses = [0.5, 3.0]
    for mu in (0.2, 1.0):
        method = prepared(balancing.STCH(mu, warmup_epochs=1))
        assert combine(method, [2, 4]) == pytest.approx(np.log(8))
        assert combine(method, [4, 4]) == pytest.approx(np.log(16))
        method.begin_epoch(1)
        theirs = scalarization.STCH(mu, weights=torch.ones(2))
        expected = 2 * float(
            theirs(torch.log(torch.tensor(losses) / torch.tensor([3.0, 4.0])))
        )
        found = combine(method, losses)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_famo():
    rng = np.random.default_rng(0)
    method = prepared(balancing.FAMO(), 3)
    theirs = scalarization.FAMO(3)
    for _ in range(10):
        before, after = rng.uniform(0.1, 3, (2, 3)).astype("float32")
        expected = float(theirs(torch.tensor(before)))
        found = combine(method, before, [1, 1, 1])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        theirs.update(torch.tensor(after))
        method.after_update(to_tensor(after), to_tensor([1, 1, 1]))
    logits = keras.ops.convert_to_numpy(method.logits)
    assert np.abs(logits).max() > 0.05
    np.testing.assert_allclose(logits, theirs._w.detach(), atol=1e-4)
    # Nothing has changed, as within a step of accumulated gradients.
    combine(method, before, [1, 1, 1])
    method.after_update(to_tensor(before), to_tensor([1, 1, 1]))
    np.testing.assert_array_equal(method.logits, logits)


def test_excess_mtl():
    method = prepared(balancing.ExcessMTL(0.3), 3)
    method.tracked = [method.add_state("tracked", (3, 6))]
    theirs = aggregation.ExcessMTL(0.3)
    ones = to_tensor([1, 1, 1])
    for seed in range(5):
        gradients = gradients_of(3, seed=seed)
        rows = method.transform(to_tensor(gradients), 0, None, None, ones)
        gram = keras.ops.matmul(rows, keras.ops.transpose(rows))
        found = method.weigh(gram, None, ones)
        expected = theirs.weighting(as_torch(gradients))
        if seed == 0:  # The authors leave weights even in the first step.
            theirs.weighting._weights = expected = torch.full((3,), 1 / 3)
        np.testing.assert_allclose(found, 3 * expected.numpy(), rtol=1e-3)
