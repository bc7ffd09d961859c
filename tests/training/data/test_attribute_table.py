import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.data.attribute_table import load_attributes


@pytest.fixture
def write(tmp_path):
    def make(text, name="table.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return make


def test_a_csv_gives_the_classes_in_the_order_asked_for(write):
    table = load_attributes(
        write("class,red,long bill\nrobin,90,\nheron,5,80\n"), ["heron", "robin"]
    )
    assert table.names == ("red", "long bill")
    assert np.allclose(table.values, [[0.05, 0.8], [0.9, np.nan]], equal_nan=True)


def test_values_up_to_one_are_shares(write):
    table = load_attributes(write("class,red\nrobin,0.9\nheron,1\n"), ["robin", "heron"])
    assert table.values[:, 0].tolist() == pytest.approx([0.9, 1.0])


def test_the_form_of_cub_goes_by_the_number_of_the_class(write):
    write("1 has_bill_shape::dagger\n2 has_wing_color::blue\n", "attributes.txt")
    path = write("10.0 20\n0 99.5\n", "continuous.txt")
    table = load_attributes(path, ["002.Blue_Jay"])
    assert table.names == ("has_bill_shape::dagger", "has_wing_color::blue")
    assert table.values.tolist() == [pytest.approx([0, 0.995])]


def test_without_names_beside_it_attributes_are_numbered(write):
    table = load_attributes(write("10.0 20\n", "continuous.txt"), ["1.Any"])
    assert table.names == ("attribute 1", "attribute 2")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("class,red\nheron,5\n", "'robin' has no row"),
        ("class,red\nrobin,5\nrobin,6\n", "'robin' has two rows"),
        ("class,red,red\nrobin,5,6\n", "a name for each, once"),
        ("class\nrobin\n", "a name for each, once"),
        ("class,red\nrobin,5,6\n", "3 cells, not 2"),
        ("class,red\nrobin,much\n", "'much' where a number belongs"),
        ("class,red\nrobin,nan\n", "'nan' where a number belongs"),
        ("class,red\nrobin,140\n", "no percentages"),
        ("class,red\nrobin,-3\n", "no percentages"),
        ("5 6\n7 8\n", "'robin' has no row"),
        ("class," + "x" * 200_000 + "\nrobin,1\n", "no CSV"),
    ],
)
def test_what_is_no_such_table_is_refused_by_name(write, text, reason):
    path = write(text)
    with pytest.raises(UserFacingError, match=reason) as caught:
        load_attributes(path, ["robin"])
    assert str(path) in str(caught.value)


def test_rows_of_different_lengths_are_refused(write):
    with pytest.raises(UserFacingError, match="differ in length"):
        load_attributes(write("5 6\n7\n"), ["1.a", "2.b"])


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(UserFacingError, match="cannot be read"):
        load_attributes(tmp_path / "none.csv", ["a"])


def test_the_unit_is_that_of_the_whole_table(write):
    path = write("class,red\nrobin,90\nheron,1\n")
    assert load_attributes(path, ["heron"]).values[0, 0] == pytest.approx(0.01)


def test_an_empty_row_keeps_the_numbers_of_those_after_it(write):
    with pytest.raises(UserFacingError, match="differ in length"):
        load_attributes(write("10 20\n\n30 40\n"), ["002.b"])


def test_odd_digits_are_no_class_number(write):
    with pytest.raises(UserFacingError, match="no row"):
        load_attributes(write("10 20\n"), ["².x"])
