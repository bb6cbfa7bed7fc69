"""A photo is known by its bytes, and nothing of where, when and by what it was taken is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.tickets.photo import LARGEST_PHOTO, Photo, PhotoFault, read_photo
from tests.ingest.pictures import JPEG, PLACE, PNG, exif, from_a_phone, png_from_a_phone


def test_a_picture_without_anything_else_stays_as_it_is() -> None:
    assert read_photo(JPEG) == Photo("image/jpeg", JPEG, 24, 16)
    assert read_photo(PNG) == Photo("image/png", PNG, 24, 16)


def test_place_device_and_comments_are_gone_and_the_picture_is_not() -> None:
    photo = read_photo(from_a_phone(orientation=1))
    assert photo == Photo("image/jpeg", JPEG, 24, 16)
    assert read_photo(png_from_a_phone()) == Photo("image/png", PNG, 24, 16)


@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_which_way_is_up_is_all_that_is_kept_of_the_exif(orientation: int) -> None:
    photo = read_photo(from_a_phone(orientation))
    assert isinstance(photo, Photo)
    assert PLACE not in photo.content
    assert b"Phone X" not in photo.content
    assert photo.content.endswith(JPEG[2:])
    kept = photo.content[2 : -len(JPEG) + 2]
    # one segment of 34 bytes: the header, "Exif", a big-endian TIFF with the one entry 0x0112 of one short
    assert kept[:10] == b"\xff\xe1\x00\x22Exif\0\0"
    assert kept[10:] == b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([orientation]) + bytes(6)
    assert read_photo(photo.content) == photo, "cleaned twice is as good as once"


@pytest.mark.parametrize("orientation", [0, 9, 60_000])
def test_an_impossible_way_up_is_left_out(orientation: int) -> None:
    assert read_photo(from_a_phone(orientation)) == Photo("image/jpeg", JPEG, 24, 16)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", PhotoFault.NO_PHOTO),
        (b"GIF89a" + bytes(40), PhotoFault.NO_PHOTO),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", PhotoFault.NO_PHOTO),
        (b"%PDF-1.7 " + JPEG, PhotoFault.NO_PHOTO),
        (JPEG[:-2], PhotoFault.BROKEN),
        (JPEG[:40], PhotoFault.BROKEN),
        (b"\xff\xd8\xff", PhotoFault.BROKEN),
        (b"\xff\xd8\xff\xd9", PhotoFault.BROKEN),
        (PNG[:-12], PhotoFault.BROKEN),
        (PNG[:20] + b"\x01" + PNG[21:], PhotoFault.BROKEN),
        (JPEG + bytes(LARGEST_PHOTO), PhotoFault.TOO_LARGE),
    ],
)
def test_what_is_no_whole_photo_is_refused_with_the_reason(data: bytes, fault: PhotoFault) -> None:
    assert read_photo(data) is fault


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_comes_is_a_photo_or_a_reason(data: st.DataObject) -> None:
    start = data.draw(st.sampled_from([JPEG, PNG, from_a_phone(), b"\xff\xd8\xff", exif(6)]))
    at = data.draw(st.integers(0, len(start)))
    noise = data.draw(st.binary(max_size=40))
    found = read_photo(start[:at] + noise + start[at + data.draw(st.integers(0, 20)) :])
    assert isinstance(found, Photo | PhotoFault)
