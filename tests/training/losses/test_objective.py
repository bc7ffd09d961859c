"""What a recipe minimises."""

from dataclasses import replace

import pytest
import torch

from ahash_desktop.training.ask.recipes import BALANCED, PAPER, PATENT, Losses
from ahash_desktop.training.losses.class_codes import fit_class_codes
from ahash_desktop.training.losses.objective import Objective
from ahash_desktop.training.network.training_net import Outputs

LABELS = torch.tensor([0, 0, 1, 1, 2, 2])
CODES = torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [-1, -1, 1, 1]]).float()
ROWS = torch.arange(6)


@pytest.fixture
def objective():
    recipe = replace(BALANCED, losses=Losses(class_codes=1.0, attributes=1.0, guided_share=0.5))
    attributes = torch.tensor([[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1]]).float()
    return Objective(recipe, LABELS, 3, 4, seed=0, attributes=attributes)


def outputs_of(logits):
    return Outputs(torch.zeros(len(logits), 2), logits, torch.tanh(logits))


def test_codes_of_classes_are_asked_for_once(objective):
    assert objective.needs_class_codes
    objective.set_class_codes(CODES)
    assert not objective.needs_class_codes
    again = Objective(objective._recipe, LABELS, 3, 4, seed=0, attributes=objective.attributes)
    again.load_state_dict(objective.state_dict())
    assert torch.equal(again.class_codes, CODES)


def test_photos_at_their_classes_codes_lose_least(objective):
    objective.set_class_codes(CODES)
    weight = torch.zeros(4, 2)
    at, elsewhere = (
        objective(outputs_of(logits), ROWS, weight, 0.5)["class_codes"]
        for logits in (2 * CODES[LABELS], 2 * CODES[LABELS.flip(0)])
    )
    assert at < 0.1 * elsewhere


def test_a_guided_bit_of_a_code_says_whether_the_class_has_the_attribute(objective):
    objective.set_class_codes(CODES)
    objective.remember(CODES[LABELS], ROWS)
    objective.guide_bits(ROWS)
    bits, chosen = objective.guided[:, objective.guided[0] >= 0]
    assert len(bits) == 1
    has = objective.attributes[[0, 2, 4]][:, chosen[0]] > 0
    assert torch.equal(objective.class_codes[:, bits[0]] > 0, has)
    assert len(objective.class_codes.unique(dim=0)) == 3


def test_codes_found_again_leave_guided_bits_alone(objective):
    assert objective.set_class_codes(CODES).all()
    objective.remember(CODES[LABELS], ROWS)
    objective.guide_bits(ROWS)
    guided = objective.guided[0][objective.guided[0] >= 0]
    before = objective.class_codes[:, guided].clone()
    free = objective.set_class_codes(-objective.class_codes)
    assert not free[guided].any()
    assert free.sum() == 3
    assert torch.equal(objective.class_codes[:, guided], before)


def test_codes_found_again_stay_apart_where_attributes_are_the_same(objective):
    objective.set_class_codes(CODES)
    objective.remember(CODES[LABELS], ROWS)
    objective.guide_bits(ROWS)
    objective.set_class_codes(torch.ones_like(CODES))
    assert len(objective.class_codes.unique(dim=0)) == 3


def test_without_their_term_no_codes_are_asked_for():
    objective = Objective(replace(BALANCED, losses=Losses(ortho=1.0)), LABELS, 3, 4, seed=0)
    assert not objective.needs_class_codes


def test_photos_that_validate_have_no_database_codes():
    labels = torch.tensor([0, 1, -1, 0, 1])
    objective = Objective(PAPER, labels, 2, 8, seed=0)
    assert torch.equal(objective.codes[2], torch.zeros(8))
    before = objective.codes.clone()
    objective.latest.copy_(torch.randn(5, 8, generator=torch.Generator().manual_seed(1)))
    objective.update_codes(torch.tensor([0, 3, 4]))
    assert torch.equal(objective.codes[2], torch.zeros(8))
    others = objective.codes[labels >= 0]
    assert torch.equal(others.abs(), torch.ones(4, 8))
    assert not torch.equal(others, before[labels >= 0])


def test_with_many_classes_the_claims_terms_alone_learn_and_do_not_collapse():
    n_classes, n_bits, n_features = 40, 24, 32
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(400) % n_classes
    centres = torch.randn(n_classes, n_features, generator=generator)
    features = centres[labels] + 0.4 * torch.randn(400, n_features, generator=generator)
    objective = Objective(PATENT, labels, n_classes, n_bits, seed=0)
    fitted = fit_class_codes(features.numpy(), labels.numpy(), n_classes, n_bits, seed=0)
    objective.set_class_codes(torch.from_numpy(fitted.codes))
    weight = torch.nn.Parameter(torch.randn(n_bits, n_features, generator=generator))
    norm = torch.nn.BatchNorm1d(n_bits, affine=False)
    optimiser = torch.optim.Adam([weight], lr=0.02)
    rows = torch.arange(400)
    for _ in range(120):
        logits = PATENT.steepness * norm(features @ weight.T)
        outputs = Outputs(features, logits, torch.tanh(logits))
        terms = objective(outputs, rows, weight, 0.5)
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
        objective.remember(outputs.activations, rows)
    assert terms.keys() == {"pair", "reconstruction", "decorrelation"}
    u = outputs.activations.detach()
    assert float(u.abs().mean()) > 0.6
    codes = torch.where(u > 0, 1.0, -1.0)
    nearest = (codes @ codes.T - 1000 * torch.eye(400)).argmax(dim=1)
    assert float((labels[nearest] == labels).float().mean()) > 0.9


def test_photos_without_labels_count_only_where_none_is_needed():
    labels = torch.cat([LABELS, torch.tensor([-1, -1])])
    recipe = replace(PATENT, losses=replace(PATENT.losses, pair_with="photos"))
    objective = Objective(recipe, labels, 3, 4, seed=0)
    objective.remember(torch.cat([CODES[LABELS], -CODES[:2]]), torch.arange(8))
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(8, 4, generator=generator)
    features, weight = torch.randn(8, 5, generator=generator), torch.randn(4, 5)
    whole = Outputs(features, logits, torch.tanh(logits))
    part = Outputs(*(entry[:6] for entry in whole))
    with_others = objective(whole, torch.arange(8), weight, 1.0)
    alone = objective(part, ROWS, weight, 1.0)
    assert torch.equal(with_others["pair"], alone["pair"])
    assert not torch.equal(with_others["reconstruction"], alone["reconstruction"])
