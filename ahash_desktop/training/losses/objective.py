"""What a recipe minimises: its losses over query activations and database codes."""

import torch
from torch import Tensor, nn

from ahash_desktop.training.ask.recipes import CLASSES, Recipe
from ahash_desktop.training.losses.adsh import adsh_loss
from ahash_desktop.training.losses.asymmetric import asymmetric_pair_loss
from ahash_desktop.training.losses.attributes import assign_attributes, attribute_loss
from ahash_desktop.training.losses.class_codes import move_apart
from ahash_desktop.training.losses.classifier import AuxiliaryClassifier
from ahash_desktop.training.losses.decorrelation import CodeMemory, decorrelation_loss
from ahash_desktop.training.losses.discrete_codes import update_database_codes
from ahash_desktop.training.losses.distillation import (
    bit_distillation_loss,
    feature_distillation_loss,
)
from ahash_desktop.training.losses.orthohash import ortho_hash_loss, orthogonal_targets
from ahash_desktop.training.losses.quantisation import own_code_loss, quantisation_loss
from ahash_desktop.training.losses.reconstruction import reconstruction_loss
from ahash_desktop.training.losses.similarity import similarity_loss
from ahash_desktop.training.losses.sparsity import group_sparsity_loss
from ahash_desktop.training.network.teacher import Targets
from ahash_desktop.training.network.training_net import Outputs, TrainableNet

ATTRIBUTES_AFTER = 0.04
_ADSH_GAMMA = 200.0
_CODE_SCALE = 8.0
_CODE_MARGIN = 0.3
_TAUGHT_BITS = 2.0
"""What bits that are handed on count for beside the features."""
_FEWEST_TAUGHT = 2


class Objective(nn.Module):
    """The losses of a recipe, and what they remember of the training photos.

    Args:
        recipe: Which terms, with which weights.
        labels: Class of every photo, int64 (n_photos,); −1 for one that is not learned from.
        n_classes: How many classes there are.
        n_bits: k.
        seed: Of the first database codes and the random targets.
        attributes: 1 where a photo has one, else 0: float32 (n_photos, n_attributes); None leaves
            that term out.
        teaching: How much what a teacher says counts; 0 without one.
        adapter: From the features to the teacher's; None if they are the same.
    """

    def __init__(
        self,
        recipe: Recipe,
        labels: Tensor,
        n_classes: int,
        n_bits: int,
        seed: int,
        attributes: Tensor | None = None,
        teaching: float = 0.0,
        adapter: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._teaching = teaching
        self.adapter = adapter
        weights = recipe.losses
        generator = torch.Generator().manual_seed(seed)
        self.labels: Tensor
        self.codes: Tensor
        self.latest: Tensor
        self.guided: Tensor
        self.class_codes: Tensor
        self.register_buffer("labels", labels, persistent=False)
        first = torch.zeros(len(labels), n_bits)
        if recipe.discrete_codes:
            first = torch.randint(0, 2, first.shape, generator=generator).float() * 2 - 1
            first[labels < 0] = 0
        self.register_buffer("codes", first)
        self.register_buffer("latest", torch.zeros(len(labels), n_bits))
        self.register_buffer("guided", torch.full((2, n_bits), -1))
        # All 0 until `set_class_codes`.
        self.register_buffer("class_codes", torch.zeros(n_classes, n_bits))
        self.memory = (
            CodeMemory(weights.decorrelation_window, n_bits)
            if weights.decorrelation and weights.decorrelation_window
            else None
        )
        self.classifier = (
            AuxiliaryClassifier(
                n_bits,
                n_classes,
                recipe.classifier_scale,
                normalised=True,
                label_smoothing=recipe.label_smoothing,
            )
            if weights.classifier
            else None
        )
        self.targets: Tensor | None
        self.attributes: Tensor | None
        self.register_buffer(
            "targets",
            orthogonal_targets(n_classes, n_bits, seed).float() if weights.ortho else None,
            persistent=False,
        )
        self.register_buffer(
            "attributes", attributes if weights.attributes else None, persistent=False
        )

    def forward(
        self,
        outputs: Outputs,
        rows: Tensor,
        weight: Tensor,
        progress: float,
        targets: Targets | None = None,
    ) -> dict[str, Tensor]:
        """Each term times its weight; their sum is what is minimised.

        Photos without a label count in the terms that need none: reconstruction, decorrelation,
        likeness, quantisation, and what the teacher says.

        Args:
            outputs: Of the batch.
            rows: Which photos they are, int64 (n,).
            weight: W, float (k, d).
            progress: Share of the run that is over.
            targets: What the teacher says of the batch.
        """
        weights = self._recipe.losses
        is_labelled = self.labels[rows] >= 0
        if bool(is_labelled.all()):
            terms = self._class_terms(outputs, rows)
        else:
            part = Outputs(*(entry[is_labelled] for entry in outputs))
            terms = self._class_terms(part, rows[is_labelled])
        if weights.quantisation:
            terms["quantisation"] = weights.quantisation * quantisation_loss(outputs.activations)
        terms |= self._structure_terms(outputs, weight)
        if progress >= weights.from_progress:
            terms |= self._patent_terms(outputs, weight)
        if targets is not None:
            terms |= self._taught_terms(outputs, targets)
        return terms

    def _class_terms(self, outputs: Outputs, rows: Tensor) -> dict[str, Tensor]:
        """What labels ask for, of labelled photos."""
        weights = self._recipe.losses
        terms: dict[str, Tensor] = {}
        u = outputs.activations
        labels = self.labels[rows]
        if weights.pair and weights.pair_with == CLASSES:
            every = torch.arange(len(self.class_codes), device=labels.device)
            same = labels[:, None] == every
            pair = asymmetric_pair_loss(u, self.class_codes, same, weights.pair_weighting)
            terms["pair"] = weights.pair * pair
        elif weights.pair or weights.adsh:
            seen = (self.codes[:, 0] != 0) & (self.labels >= 0)
            same = labels[:, None] == self.labels[seen]
            database = self.codes[seen]
            if weights.pair and len(database):
                pair = asymmetric_pair_loss(u, database, same, weights.pair_weighting)
                terms["pair"] = weights.pair * pair
                if self._recipe.discrete_codes:
                    follows = own_code_loss(u, self.codes[rows], len(database), _ADSH_GAMMA)
                    terms["own_code"] = weights.pair * follows
            if weights.adsh:
                own = self.codes[rows]
                terms["adsh"] = weights.adsh * adsh_loss(u, database, same, own, _ADSH_GAMMA)
        if weights.classifier and self.classifier is not None:
            terms["classifier"] = weights.classifier * self.classifier(u, labels)
        if weights.class_codes:
            terms["class_codes"] = weights.class_codes * ortho_hash_loss(
                outputs.logits, labels, self.class_codes, _CODE_SCALE, _CODE_MARGIN
            )
        if weights.ortho and self.targets is not None:
            terms["ortho"] = weights.ortho * ortho_hash_loss(
                outputs.logits, labels, self.targets, _CODE_SCALE, _CODE_MARGIN
            )
        return terms | self._attribute_terms(outputs, rows)

    def _taught_terms(self, outputs: Outputs, targets: Targets) -> dict[str, Tensor]:
        """What the teacher asks for, of the photos it knows.

        Bits that are not handed on are to find alike what its features find alike.
        """
        known = targets.known.to(outputs.features.device)
        if int(known.sum()) < _FEWEST_TAUGHT:
            return {}
        features = outputs.features[known]
        taught = targets.features.to(features)[known]
        told = features if self.adapter is None else self.adapter(features)
        terms = {"teacher": self._teaching * feature_distillation_loss(told, taught)}
        if targets.logits is not None:
            wanted = targets.logits.to(outputs.logits)[known]
            bits = bit_distillation_loss(outputs.logits[known], wanted)
        else:
            bits = similarity_loss(taught, outputs.activations[known])
        terms["teacher_bits"] = _TAUGHT_BITS * self._teaching * bits
        return terms

    def _patent_terms(self, outputs: Outputs, weight: Tensor) -> dict[str, Tensor]:
        """Reconstruction and decorrelation, which `paper` has in its second half only."""
        weights = self._recipe.losses
        terms = {}
        if weights.reconstruction:
            terms["reconstruction"] = weights.reconstruction * reconstruction_loss(
                outputs.features,
                outputs.activations,
                weight,
                stop_gradient=weights.stop_gradient,
                centred=weights.centred,
            )
        if weights.decorrelation:
            recent = self.memory.codes() if self.memory is not None else None
            terms["decorrelation"] = weights.decorrelation * decorrelation_loss(
                outputs.activations, recent, centred=self.memory is not None
            )
        return terms

    def _structure_terms(self, outputs: Outputs, weight: Tensor) -> dict[str, Tensor]:
        """What codes keep of the features, and where bits read them."""
        weights = self._recipe.losses
        terms = {}
        if weights.similarity:
            likeness = similarity_loss(outputs.features, outputs.activations)
            terms["similarity"] = weights.similarity * likeness
        if weights.sparsity:
            n_branches = self._recipe.n_local + 1
            terms["sparsity"] = weights.sparsity * group_sparsity_loss(weight, n_branches)
        return terms

    def _attribute_terms(self, outputs: Outputs, rows: Tensor) -> dict[str, Tensor]:
        if self.attributes is None or int(self.guided[0, 0]) < 0:
            return {}
        used = self.guided[0] >= 0
        bits, chosen = self.guided[0][used], self.guided[1][used]
        present = self.attributes[rows][:, chosen]
        weight = self._recipe.losses.attributes
        return {"attributes": weight * attribute_loss(outputs.logits[:, bits], present)}

    @property
    def needs_class_codes(self) -> bool:
        """Whether `set_class_codes` is to be called before the first step."""
        return self._recipe.losses.needs_class_codes and not bool(self.class_codes.any())

    @torch.no_grad()
    def set_class_codes(self, codes: Tensor) -> Tensor:
        """Gives each class its database code; bits that are tied to attributes keep theirs.

        Args:
            codes: float (n_classes, k), ±1.

        Returns:
            Which bits are new, bool (k,).
        """
        free = self.guided[0].new_ones(codes.shape[1], dtype=torch.bool)
        free[self.guided[0][self.guided[0] >= 0]] = False
        self.class_codes[:, free] = codes[:, free].to(self.class_codes)
        if not free.all():
            self._part_classes(free)
        return free

    def _part_classes(self, free: Tensor) -> None:
        """Moves codes apart in their free bits: tied ones bring like classes too close."""
        apart = move_apart(self.class_codes.cpu().numpy(), free.cpu().numpy())
        self.class_codes.copy_(torch.from_numpy(apart))

    @torch.no_grad()
    def remember(self, activations: Tensor, rows: Tensor) -> None:
        """Notes what the network said of photos.

        Args:
            activations: float32 (n, k).
            rows: int64 (n,).
        """
        self.latest[rows] = activations.detach()
        if self.memory is not None:
            self.memory.add(activations.detach())
        if not self._recipe.discrete_codes:
            self.codes[rows] = torch.where(activations > 0, 1.0, -1.0)

    @torch.no_grad()
    def guide_bits(self, rows: Tensor) -> None:
        """Ties part of the bits to attributes, once, as they lie nearest to one another.

        Args:
            rows: Photos whose activations are known.
        """
        if self.attributes is None or int(self.guided[0, 0]) >= 0:
            return
        n_bits = self.codes.shape[1]
        n_guided = round(n_bits * self._recipe.losses.guided_share)
        bits, chosen = assign_attributes(self.latest[rows], self.attributes[rows], n_guided)
        self.guided[0, : len(bits)] = bits
        self.guided[1, : len(bits)] = chosen
        if self._recipe.losses.needs_class_codes:
            # A guided bit of a class's code says whether the class has the attribute.
            signs = torch.where(self.attributes[rows][:, chosen] > 0, 1.0, -1.0)
            self.class_codes[self.labels[rows][:, None], bits.to(rows.device)] = signs
            free = torch.ones(n_bits, dtype=torch.bool)
            free[bits.cpu()] = False
            self._part_classes(free)

    @torch.no_grad()
    def update_codes(self, rows: Tensor) -> None:
        """Updates free database codes after a round over the sampled photos `rows` (DCC)."""
        if not self._recipe.discrete_codes:
            return
        known = self.labels >= 0
        place = known.cumsum(0) - 1
        same = (self.labels[rows][:, None] == self.labels[known]).float()
        different_value = -1.0
        if self._recipe.losses.pair and self._recipe.losses.pair_weighting == "paper":
            different_value = -float(same.sum() / (1 - same).sum().clamp_min(1))
        similarity = same + (1 - same) * different_value
        self.codes[known] = update_database_codes(
            self.codes[known], self.latest[rows], place[rows], similarity, gamma=_ADSH_GAMMA
        )


class Learner(nn.Module):
    """A network and its objective as one module, so that several processes can share its steps.

    Args:
        net: The network.
        objective: The losses.
    """

    def __init__(self, net: TrainableNet, objective: Objective) -> None:
        super().__init__()
        self.net = net
        self.objective = objective

    def forward(
        self,
        inputs: Tensor,
        rows: Tensor,
        progress: float,
        *,
        is_shared: bool,
        targets: Targets | None = None,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """The weighted terms of a batch, and its activations float32 (n, k)."""
        outputs = self.net(inputs, is_shared=is_shared)
        weight = self.net.net.projection.weight
        terms = self.objective(outputs, rows, weight, progress, targets)
        return terms, outputs.activations
