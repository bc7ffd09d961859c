import numpy as np

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.ports import Encoder
from ahash_desktop.engine.client import EngineProcess
from tests.fake_encoder import FakeEncoder
from tests.pictures import render_picture


def code_of(encoder, picture):
    return encoder._encode_pixels(np.asarray(picture)).code


def n_differing(one, other):
    return int(np.bitwise_count(one ^ other).sum())


def test_the_same_picture_gets_the_same_code_in_every_encoder():
    picture = render_picture(seed=1)
    assert (code_of(FakeEncoder(), picture) == code_of(FakeEncoder(), picture)).all()


def test_alike_pictures_get_alike_codes():
    encoder = FakeEncoder()
    small, large, other = (
        code_of(encoder, picture)
        for picture in (
            render_picture(seed=1),
            render_picture(seed=1, size=(400, 300)),
            render_picture(seed=2),
        )
    )
    assert n_differing(small, large) <= 3
    assert n_differing(small, other) >= 12


def test_pictures_smaller_than_the_grid_have_a_code():
    assert FakeEncoder(n_bits=12)._encode_pixels(np.zeros((1, 2, 3), np.uint8)).code.shape == (2,)


def test_every_bit_is_on_for_some_pictures_and_off_for_others():
    encoder = FakeEncoder(n_bits=16)
    activations = np.array(
        [encoder._encode_pixels(np.asarray(render_picture(seed))).activations for seed in range(60)]
    )
    share_on = np.unpackbits(pack_activations(activations), axis=1).mean(axis=0)
    assert (share_on > 0).all()
    assert (share_on < 1).all()


def test_files_come_back_once_in_the_order_submitted(make_pictures):
    from ahash_desktop.core.records import WorkItem

    encoder = FakeEncoder()
    paths = make_pictures("photos", 5)
    paths[2].write_bytes(b"not a picture")
    for i, path in enumerate(paths):
        encoder.submit(WorkItem(i, 1, path, path.stat().st_size, path.stat().st_mtime_ns))
    assert encoder.n_in_flight == 5
    outcomes = []
    while encoder.n_in_flight:
        outcomes += encoder.collect(timeout_s=1)
    assert [outcome.photo_id for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert [outcome.problem is not None for outcome in outcomes] == [i == 2 for i in range(5)]


def test_evidence_averages_to_the_logits(make_picture):
    path = str(make_picture("one.png"))
    encoder = FakeEncoder()
    evidence = encoder.explain(path, [3, 5])
    activations = encoder.encode(path).activations[[3, 5]]
    assert np.allclose(evidence.maps.mean(axis=(1, 2)), evidence.logits)
    assert np.allclose(np.tanh(evidence.logits), activations, atol=2e-3)


def test_whoever_needs_an_encoder_finds_all_of_the_engine_in_the_port() -> None:
    def offers(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert offers(EngineProcess) == offers(Encoder)
    assert offers(Encoder) <= set(dir(FakeEncoder))
