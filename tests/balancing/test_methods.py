"""Every method on two tasks, against numbers computed by hand."""

import keras
import numpy as np
import pytest
import scipy.optimize

from mtl_zoo import balancing
from mtl_zoo import tasks
from mtl_zoo.balancing import simplex
from tests.balancing.as_numbers import combine
from tests.balancing.as_numbers import prepared
from tests.balancing.as_numbers import to_tensor
from tests.balancing.as_numbers import weigh


def test_fixed():
    method = prepared(balancing.Fixed({"far": 0.5}))
    assert combine(method, [2, 4]) == 3 * 2 + 0.5 * 4
    assert method.weights_of_tasks() == {"near": 3, "far": 0.5}


def test_equal():
    assert combine(prepared(balancing.Equal()), [2, 4]) == 6


def test_uncertainty():
    method = prepared(balancing.Uncertainty())
    # σ² = 2 and 1: 4 / (2·2) + log(2)/2, and 3 / (2·1) + log(1)/2.
    method.log_variances.assign(np.log([2.0, 1.0]))
    expected = 1 + np.log(2) / 2 + 1.5
    np.testing.assert_allclose(combine(method, [4, 3]), expected, rtol=1e-6)
    weights = list(method.weights_of_tasks().values())
    np.testing.assert_allclose(weights, [0.25, 0.5], rtol=1e-6)
    # Without labels the noise of a task is no part of the loss.
    np.testing.assert_allclose(combine(method, [0, 3], [0, 1]), 1.5, rtol=1e-6)


def test_dynamic_weight_average():
    method = prepared(balancing.DynamicWeightAverage())
    # Mean losses (2, 4), then (1, 4): r = (1/2, 1).
    method.begin_epoch(0)
    assert combine(method, [1, 4]) == 5
    assert combine(method, [3, 4]) == 7
    method.end_epoch()
    method.begin_epoch(1)
    assert combine(method, [1, 4]) == 5
    method.end_epoch()
    powers = np.exp([0.25, 0.5])
    expected = 2 * powers / powers.sum()
    weights = list(method.weights_of_tasks().values())
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    method.begin_epoch(2)
    total = combine(method, [5, 7])
    np.testing.assert_allclose(total, expected @ [5, 7], rtol=1e-6)


def test_dynamic_weight_average_goes_on_in_the_epoch_of_the_checkpoint():
    method = prepared(balancing.DynamicWeightAverage())
    method.begin_epoch(3)
    combine(method, [2, 4])
    method.begin_epoch(3)  # Stopped within the epoch.
    combine(method, [4, 4], [1, 0])
    assert not keras.ops.convert_to_numpy(method.last).any()
    method.begin_epoch(4)  # Stopped before the end of epoch 3 was told.
    np.testing.assert_array_equal(method.last, [3, 4])
    method.end_epoch()
    np.testing.assert_array_equal(method.last, [3, 4])


def test_random_loss_weighting():
    method = prepared(balancing.RandomLossWeighting(seed=1))
    drawn = []
    for _ in range(200):
        total = combine(method, [2, 4])
        weights = np.array(list(method.weights_of_tasks().values()))
        np.testing.assert_allclose(weights.sum(), 1, rtol=1e-5)
        np.testing.assert_allclose(total, weights @ [2, 4], rtol=1e-5)
        drawn.append(weights[0])
    # The difference of two normal numbers has variance 2; the logistic
    # function of it has standard deviation 0.256 (numerical integration).
    assert abs(np.mean(drawn) - 0.5) < 4 * 0.256 / np.sqrt(200)
    assert 0.2 < np.std(drawn) < 0.3
    assert combine(method, [0, 4], [0, 1]) == 4


def test_geometric_loss():
    method = prepared(balancing.GeometricLoss())
    # √(2·8) = 4; derivatives 4 / (2·2) and 4 / (2·8).
    np.testing.assert_allclose(combine(method, [2, 8]), 4, rtol=1e-6)
    weights = list(method.weights_of_tasks().values())
    np.testing.assert_allclose(weights, [1, 0.25], rtol=1e-6)
    np.testing.assert_allclose(combine(method, [0, 8], [0, 1]), 8, rtol=1e-6)
    assert combine(method, [0, 0], [0, 0]) == 0


def test_grad_norm():
    method = balancing.GradNorm(alpha=1.0)
    # Norms 3 and 1.
    gram = keras.ops.array([[9.0, 0.0], [0.0, 1.0]])
    both = keras.ops.ones(2)
    np.testing.assert_array_equal(weigh(method, [[3, 0], [0, 1]], [4, 2]), 1)

    def gradient(losses):
        losses = to_tensor(losses)
        return keras.ops.convert_to_numpy(
            method.state_gradients(gram, losses, both)[0]
        )

    # Over their mean 2, the norms are 1.5 and 0.5. Both at their first loss:
    # the target is 1 for both, so that the gradient by the weights is
    # (+1.5, -0.5), its mean 0.5, and by the logits (1, -1).
    np.testing.assert_allclose(gradient([4, 2]), [1, -1], rtol=1e-6)
    # Losses left: 1/4 and 1; over their mean 5/8, (0.4, 1.6). These are the
    # targets: the gradient stays. With a half and a twentieth left,
    # (20/11, 2/11): the signs change.
    np.testing.assert_allclose(gradient([1, 2]), [1, -1], rtol=1e-6)
    np.testing.assert_allclose(gradient([2, 0.1]), [-1, 1], rtol=1e-6)


def test_pcgrad():
    # g1 · g2 = -1, |g1|² = 1, |g2|² = 2:
    # g1 + g2/2 and g2 + g1, together 2 g1 + 3/2 g2.
    weights = weigh(balancing.PCGrad(), [[1, 0], [-1, 1]])
    np.testing.assert_allclose(weights, [2, 1.5], rtol=1e-6)
    weights = weigh(balancing.PCGrad(), [[1, 0], [1, 1]])
    np.testing.assert_array_equal(weights, [1, 1])


def test_pcgrad_projects_in_one_of_the_orders():
    gradients = np.array([[1, 0.0, 0.2], [-1, 1, 0], [-0.5, -1, 1]])

    def project(i, order):
        g = gradients[i].copy()
        for j in order:
            square = gradients[j] @ gradients[j]
            g -= min(0, g @ gradients[j]) / square * gradients[j]
        return g

    choices = [
        [project(i, order) for order in ((j, k), (k, j))]
        for i, j, k in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
    ]
    possible = {
        tuple(np.round(a + b + c, 4))
        for a in choices[0]
        for b in choices[1]
        for c in choices[2]
    }
    found = {
        tuple(
            np.round(
                weigh(balancing.PCGrad(seed), gradients, [1] * 3, [1] * 3)
                @ gradients,
                4,
            )
        )
        for seed in range(20)
    }
    assert len(found) > 1
    for direction in found:
        distances = np.abs(np.subtract(list(possible), direction)).max(-1)
        assert distances.min() < 1e-3


def test_cagrad():
    # Equal orthogonal gradients: the mean is best for both, a step longer by c.
    weights = weigh(balancing.CAGrad(c=0.5), [[1, 0], [0, 1]])
    np.testing.assert_allclose(weights, [1.5, 1.5], rtol=1e-5)
    # Else the share of the first task is found by looking at all of them.
    gradients = np.array([[3.0, 0.0], [-1, 0.5]])
    mean = gradients.mean(0)
    radius = 0.5 * np.linalg.norm(mean)
    shares = np.linspace(0, 1, 100_001)[:, None]
    weighted = shares * gradients[0] + (1 - shares) * gradients[1]
    norms = np.linalg.norm(weighted, axis=1)
    best = weighted[np.argmin(weighted @ mean + radius * norms)]
    expected = 2 * (mean + radius * best / np.linalg.norm(best))
    weights = weigh(balancing.CAGrad(c=0.5), gradients)
    np.testing.assert_allclose(weights @ gradients, expected, atol=1e-3)
    np.testing.assert_array_equal(weigh(balancing.CAGrad(c=0), gradients), 1)


def test_mgda():
    # Orthogonal: shares are as 1/|g|², here 1 to 1/4.
    weights = weigh(balancing.MGDA(), [[1, 0], [0, 2]])
    np.testing.assert_allclose(weights, [0.8, 0.2], rtol=1e-5)
    # In the same direction: the shorter one alone.
    weights = weigh(balancing.MGDA(), [[1, 0], [2, 0]])
    np.testing.assert_allclose(weights, [1, 0], atol=1e-6)
    # Opposite: 2 to 1 adds up to nothing.
    weights = weigh(balancing.MGDA(), [[1, 0], [-2, 0]])
    np.testing.assert_allclose(weights, [2 / 3, 1 / 3], rtol=1e-5)


def test_nash_mtl():
    # Orthogonal: α_i² |g_i|² = 1, and the norm of diag(1, 4) is √17.
    weights = weigh(balancing.NashMTL(), [[1, 0], [0, 2]])
    expected = 17**0.25 * np.array([1, 0.5])
    np.testing.assert_allclose(weights, expected, rtol=1e-4)
    # In conflict: the equation itself.
    gradients = np.array([[1.0, 0.0], [-2, 1]])
    gram = gradients @ gradients.T
    weights = weigh(balancing.NashMTL(), gradients)
    left = gram @ weights / np.linalg.norm(gram)
    np.testing.assert_allclose(left, 1 / weights, rtol=1e-3)
    # Opposite: no agreement, but finite.
    weights = weigh(balancing.NashMTL(), [[1, 0], [-1, 0]])
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-2)


def test_aligned_mtl():
    # Orthogonal: the longer one is cut to the shorter one's length.
    weights = weigh(balancing.AlignedMTL(), [[1, 0], [0, 2]])
    np.testing.assert_allclose(weights, [1, 0.5], rtol=1e-5)
    # The same direction: one component of length √5 in shares (1, 2)/√5,
    # which stays; summed, (1·1 + 1·2)/5 of that.
    weights = weigh(balancing.AlignedMTL(), [[1, 0], [2, 0]])
    np.testing.assert_allclose(weights, np.array([1, 2]) * 3 / 5, rtol=1e-4)
    gradients = np.array([[1.0, 0.5, 0], [-1, 1, 2]])
    u, s, vt = np.linalg.svd(gradients, full_matrices=False)
    expected = (s.min() * u @ vt).sum(0)
    weights = weigh(balancing.AlignedMTL(), gradients)
    np.testing.assert_allclose(weights @ gradients, expected, rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["pcgrad", "cagrad", "mgda", "nash_mtl", "aligned_mtl", "imtl_g"]
    + ["fair_grad", "upgrad", "dual_proj", "grad_vac", "grad_norm"],
)
def test_a_task_without_labels_changes_nothing_for_the_others(name):
    gradients = [[1.0, 0.3], [-2, 1]]
    two = weigh(balancing.get(name), gradients)
    three = weigh(
        balancing.get(name), [*gradients, [0, 0]], [1, 1, 0], [1, 1, 0]
    )
    scale = 1.0
    if name in ("mgda", "grad_norm"):
        scale = three[:2].sum() / two.sum()
    np.testing.assert_allclose(three[:2] / scale, two, rtol=1e-3)
    none = weigh(balancing.get(name), np.zeros((2, 2)), [0, 0], [0, 0])
    assert np.isfinite(none).all()


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0, 3.0])
def test_the_minimum_over_shares_is_the_one_that_scipy_finds(slope):
    rng = np.random.default_rng(0)
    for count in (2, 3, 5, 8, 8, 8):
        # As unequal as losses are: lengths differ by a factor of 300.
        lengths = 10.0 ** np.linspace(-2, 0.5, count)[:, None]
        gradients = rng.normal(size=(count, 50)) * lengths
        gram = gradients @ gradients.T
        linear = gram.mean(0) if slope != 1 else np.zeros(count)

        def value(w, gram=gram, linear=linear):
            return linear @ w + slope * np.sqrt(w @ gram @ w)

        found = simplex.minimize(
            to_tensor(gram),
            to_tensor(linear),
            slope,
            keras.ops.ones(count),
        )
        found = keras.ops.convert_to_numpy(found).astype("float64")
        expected = scipy.optimize.minimize(
            value,
            np.full(count, 1 / count),
            method="SLSQP",
            bounds=[(0, 1)] * count,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        )
        assert found.min() >= 0
        np.testing.assert_allclose(found.sum(), 1, rtol=1e-5)
        tolerance = 1e-5 * abs(value(np.full(count, 1 / count)))
        assert value(found) <= expected.fun + tolerance


@pytest.mark.parametrize(
    "make",
    [
        lambda: balancing.Fixed({"near": -1.0}),
        lambda: balancing.DynamicWeightAverage(temperature=0),
        lambda: balancing.CAGrad(c=1.0),
        lambda: balancing.GradNorm(alpha=-1),
        lambda: balancing.get("unequal"),
        lambda: balancing.get("mgda:-1"),
        lambda: balancing.get("moco:-1"),
        lambda: balancing.get("equal:-1"),
        lambda: balancing.FAMO(learning_rate=0),
        lambda: balancing.STCH(mu=0),
        lambda: balancing.DBMTL(beta=1.0),
        lambda: balancing.MoCo(beta=0),
        lambda: balancing.MoDo(gamma=0),
        lambda: balancing.SDMGrad(direction=-1),
        lambda: balancing.ExcessMTL(step_size=0),
        lambda: balancing.GradDrop(leak=-1),
        lambda: balancing.GradVac(beta=-1),
        lambda: balancing.FairGrad(alpha=0),
        lambda: balancing.CAGradFast(num_sampled=0),
        lambda: balancing.RandomLossWeighting(distribution="unequal"),
        lambda: prepared(balancing.Fixed({"unknown": 1.0})),
    ],
)
def test_what_is_not_allowed_is_named(make):
    with pytest.raises(ValueError, match="-1|0|1.0|unequal|unknown"):
        make()


def test_revised_uncertainty():
    method = prepared(balancing.RevisedUncertainty())
    # c² = 2 and 1: 4 / (2·2) + log 3, and 3 / (2·1) + log 2.
    method.log_variances.assign(np.log([2.0, 1.0]))
    expected = 1 + np.log(3) + 1.5 + np.log(2)
    np.testing.assert_allclose(combine(method, [4, 3]), expected, rtol=1e-6)
    expected = 1.5 + np.log(2)
    found = combine(method, [0, 3], [0, 1])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_stch_warms_up_and_counts_the_worst():
    method = prepared(balancing.STCH(mu=0.5, warmup_epochs=2))
    combine(method, [9, 9])
    method.begin_epoch(1)
    combine(method, [1, 8])
    combine(method, [3, 0], [1, 0])
    # What the first two epochs minimise is Σ log l: a loss counts 1 / l.
    assert method.weights_of_tasks()["near"] == pytest.approx(1 / 3)
    method.begin_epoch(2)
    # Means 2 and 8; l/n = 1 and 1/4, squared, as mu is 1/2: shares 16/17, 1/17.
    combine(method, [2, 2])
    weights = list(method.weights_of_tasks().values())
    expected = 2 * np.array([16 / 17, 1 / 17]) / 2
    np.testing.assert_allclose(weights, expected, rtol=1e-5)
    assert combine(method, [0, 0], [0, 0]) == 0


@pytest.mark.parametrize("distribution", balancing.DISTRIBUTIONS)
def test_random_weights_of_every_distribution(distribution):
    method = balancing.RandomLossWeighting(1, distribution)
    method = prepared(method, 3)
    drawn = []
    for _ in range(100):
        combine(method, [1, 1, 1], [1, 1, 0])
        drawn.append(list(method.weights_of_tasks().values()))
    drawn = np.array(drawn)
    np.testing.assert_allclose(drawn.sum(1), 1, rtol=1e-5)
    assert (drawn[:, 2] == 0).all() and (drawn >= 0).all()
    assert abs(drawn[:, 0].mean() - 0.5) < 0.2
    if distribution in ("bernoulli", "one_task"):
        assert set(np.round(drawn[:, 0], 4)) <= {0, 0.5, 1}


def test_the_projection_on_shares():
    for values, known, expected in (
        ([0.9, 0.3], [1, 1], [0.8, 0.2]),
        ([3, 0.3], [1, 1], [1, 0]),
        ([5, 0.2, 0.2], [0, 1, 1], [0, 0.5, 0.5]),
        ([0.2, 0.3, 0.5], [1, 1, 1], [0.2, 0.3, 0.5]),
    ):
        found = simplex.project(to_tensor(values), to_tensor(known))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_moco():
    method = prepared(balancing.MoCo(beta=0.5, gamma=0.1))
    method.tracked = [method.add_state("tracked", (2, 2))]
    rows, losses = to_tensor([[3, 0], [0, 1]]), to_tensor([1, 4])
    both = to_tensor([1, 1])
    tracked = method.transform(rows, 0, to_tensor([3, 1]), losses, both)
    # As long as the losses, half of it: norms 1/2 and 2.
    np.testing.assert_allclose(tracked, [[0.5, 0], [0, 2]], rtol=1e-6)
    # λ = (1, 1)/2 - 0.1 (1/4, 4)/2, and back on the simplex.
    shares = method.weigh(to_tensor([[0.25, 0], [0, 4]]), losses, both)
    np.testing.assert_allclose(shares, [0.59375, 0.40625], rtol=1e-5)
    # In the second step rates are smaller by √2; a task without labels stays.
    one = to_tensor([1, 0])
    method.transform(0 * rows, 0, to_tensor([3, 0]), losses, one)
    expected = [[0.5 - 0.25 / np.sqrt(2), 0], [0, 2]]
    np.testing.assert_allclose(method.tracked[0], expected, rtol=1e-5)
    shares = method.weigh(to_tensor([[0.25, 0], [0, 0]]), losses, one)
    np.testing.assert_allclose(shares, [1, 0])
    np.testing.assert_allclose(method.shares, [0.59375, 0.40625], rtol=1e-5)


def test_db_mtl():
    method = prepared(balancing.DBMTL(beta=0.0))
    rows, losses = to_tensor([[3, 0], [0, 1]]), to_tensor([2, 4])
    both = to_tensor([1, 1])
    rows = method.transform(rows, 0, None, losses, both)
    np.testing.assert_allclose(rows, [[1.5, 0], [0, 0.25]])
    gram = to_tensor([[2.25, 0], [0, 0.0625]])
    within, beyond = method.coefficients(gram, losses, both)
    np.testing.assert_allclose(within, [1, 6], rtol=1e-6)
    np.testing.assert_allclose(beyond, [0.5, 0.25], rtol=1e-6)
    # So much a loss counts: gradients (3, 0) and (0, 1) become equally long.
    weights = list(method.weights_of_tasks().values())
    np.testing.assert_allclose(weights, [0.5, 1.5], rtol=1e-6)


def test_cagrad_fast():
    gradients = np.array([[3.0, 0.0, 1], [-1, 0.5, 0], [0, -1, 0.2]])

    def direction(method, labelled=(1, 1, 1)):
        method = prepared(method, 3)
        targets, made_of = method.targets(
            [to_tensor(1.0)] * 3, to_tensor(labelled), None
        )
        made_of = keras.ops.convert_to_numpy(made_of)
        rows = made_of @ gradients
        within, beyond = method.coefficients(
            to_tensor(rows @ rows.T), None, to_tensor(made_of)
        )
        assert len(targets) == len(rows)
        # Beyond the encoder it is the sum of the losses.
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(beyond) @ made_of, labelled, rtol=1e-5
        )
        return keras.ops.convert_to_numpy(within) @ rows

    # The one task that is left stands for itself: the same as CAGrad.
    expected = weigh(balancing.CAGrad(), gradients, [1] * 3, [1] * 3)
    found = direction(balancing.CAGradFast(2, seed=0))
    np.testing.assert_allclose(found, expected @ gradients, atol=1e-3)
    found = direction(balancing.CAGradFast(5, seed=0))
    np.testing.assert_allclose(found, expected @ gradients, atol=1e-3)
    # Without labels of the last task.
    expected = weigh(balancing.CAGrad(), gradients[:2])
    found = direction(balancing.CAGradFast(1, seed=0), (1, 1, 0))
    np.testing.assert_allclose(found, expected @ gradients[:2], atol=1e-3)
    # With one of three, the other two are one task: their mean.
    for seed in range(3):
        found = direction(balancing.CAGradFast(1, seed=seed))
        possible = []
        for i in range(3):
            rest = (gradients.sum(0) - gradients[i]) / 2
            two = np.array([gradients[i], rest, rest])
            weights = weigh(balancing.CAGrad(), two, [1] * 3, [1] * 3)
            possible.append(weights @ two)
        assert np.abs(np.subtract(possible, found)).max(-1).min() < 2e-3


def test_every_method_says_what_it_does():
    known = balancing.list_balancings()
    assert len(known) == len(set(known.values()))
    for name, text in known.items():
        method = type(balancing.get(name))
        if not method.__module__.startswith("mtl_zoo"):
            continue  # Another test's own.
        assert ("http" in text) == (name not in ("fixed", "equal")), name
        assert method.__name__ in balancing.__all__


def test_state_belongs_to_the_tasks_it_was_made_for():
    method = prepared(balancing.Uncertainty())
    with pytest.raises(ValueError, match="third"):
        prepared(method, 3)


def test_weights_are_those_of_the_tasks_of_the_model_compiled_last():
    method = balancing.Fixed()
    for weight in (1.0, 5.0):
        method.prepare({"depth": tasks.Depth(loss_weight=weight)})
        assert method.weights_of_tasks() == {"depth": weight}


def test_a_task_that_is_seldom_labelled_keeps_its_share():
    """FAMO and GradNorm, with all losses falling, and all norms, alike."""
    famo = prepared(balancing.FAMO(), 3)
    grad_norm = prepared(balancing.GradNorm(), 3)
    gram, losses = to_tensor(np.eye(3)), np.ones(3)
    for step in range(40):
        labelled = [1, 1, step % 10 == 0]
        combine(famo, losses, labelled)
        famo.after_update(to_tensor(0.99 * losses), to_tensor(labelled))
        logits = np.asarray(famo.logits)
        (gradient,) = grad_norm.state_gradients(
            gram * to_tensor(labelled), to_tensor(losses), to_tensor(labelled)
        )
        gradient = keras.ops.convert_to_numpy(gradient)
        np.testing.assert_allclose(gradient.sum(), 0, atol=1e-6)
        if not labelled[2]:
            assert gradient[2] == 0
    np.testing.assert_allclose(logits, 0, atol=1e-3)
    np.testing.assert_array_equal(famo.steps, [40, 40, 4])


@pytest.mark.parametrize("name", ["famo", "stch", "db_mtl", "moco"])
def test_a_loss_below_0_takes_nothing_from_the_others(name):
    losses, both = to_tensor([1, -0.8]), to_tensor([1, 1])
    method = prepared(balancing.get(name))
    if name == "db_mtl":
        beyond = method.weigh_beyond(None, losses, both)
        np.testing.assert_allclose(beyond, [1, 0])
    elif name == "moco":
        method.tracked = [method.add_state("tracked", (2, 2))]
        rows = to_tensor([[3, 0], [0, 1]])
        tracked = method.transform(rows, 0, to_tensor([3, 1]), losses, both)
        np.testing.assert_allclose(tracked, [[0.5, 0], [0, 0]])
    else:
        assert np.isfinite(combine(method, [1, -0.8]))
        assert method.weights_of_tasks()["near"] == pytest.approx(1)


def test_what_is_left_of_a_loss_is_not_below_0():
    method = prepared(balancing.GradNorm())
    method.first_losses.assign([1.0, 1.0])
    (gradient,) = method.state_gradients(
        to_tensor(np.eye(2)), to_tensor([1, -0.8]), to_tensor([1, 1])
    )
    assert np.isfinite(keras.ops.convert_to_numpy(gradient)).all()


def test_shares_of_halves_sum_to_1():
    """A task that one half alone has labels of adds nothing to all shares."""
    method = prepared(balancing.MoDo(), 3)
    within, _ = method.coefficients(
        to_tensor(np.zeros((6, 6))), None, to_tensor([1, 1, 1, 1, 1, 0])
    )
    within = keras.ops.convert_to_numpy(within)
    np.testing.assert_allclose(within.sum(), 1, rtol=1e-6)
