"""What a teacher knows: features and bits that follow its own, for photos that need no labels."""

from torch import Tensor
from torch.nn import functional

_LEAST_SPREAD = 1e-3


def feature_distillation_loss(told: Tensor, target: Tensor) -> Tensor:
    """How far features are from the teacher's: `‖t_i − y_i‖² / V + 1 − cos(t_i − ȳ, y_i − ȳ)`.

    The mean over a batch; V is the variance of the targets, `mean ‖y_i − ȳ‖²`, so 1 is what the
    mean target alone would lose in the first part. Distillation: Hinton, Vinyals and Dean 2015,
    https://arxiv.org/abs/1503.02531; that teacher and student look at the same view, whatever it
    shows: Beyer et al., A good teacher is patient and consistent (CVPR 2022),
    https://arxiv.org/abs/2106.05237.

    Args:
        told: The student's features in the teacher's space, float (n, d).
        target: The teacher's, float (n, d).

    Returns:
        A scalar; 0 if they are the same.

    Example:
        >>> import torch
        >>> target = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> round(float(feature_distillation_loss(target, target)), 4)
        0.0
        >>> round(float(feature_distillation_loss(target.flip(0), target)), 4)
        6.0
    """
    mean = target.mean(dim=0)
    apart = target - mean
    spread = apart.square().sum(dim=1).mean().clamp_min(_LEAST_SPREAD**2)
    error = (told - target).square().sum(dim=1).mean() / spread
    return error + (1 - functional.cosine_similarity(told - mean, apart, dim=1)).mean()


def bit_distillation_loss(logits: Tensor, target: Tensor) -> Tensor:
    """How far bits are from those of a teacher that has the same ones: `(z_it − z'_it)²`.

    The mean over a batch and its bits. z and z' are the logits of student and teacher, each bit's
    to mean 0 and variance 1 over the batch: where a bit changes from off to on, and how sure it is,
    is taken over once learning is done. Learning without forgetting by a teacher's outputs: Li and
    Hoiem (ECCV 2016), https://arxiv.org/abs/1606.09282.

    Args:
        logits: Float (n, k), before the tanh.
        target: Float (n, k).

    Returns:
        A scalar, about 2 for bits that have nothing to do with one another.

    Example:
        >>> import torch
        >>> target = torch.tensor([[1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]])
        >>> float(bit_distillation_loss(3 * target + 1, target)) < 1e-6
        True
        >>> float(bit_distillation_loss(-target, target)) > 2
        True
    """
    return (_standard(logits) - _standard(target)).square().mean()


def _standard(values: Tensor) -> Tensor:
    centred = values - values.mean(dim=0)
    return centred / centred.square().mean(dim=0).sqrt().clamp_min(_LEAST_SPREAD)
