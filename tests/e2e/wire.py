# SPDX-License-Identifier: Apache-2.0
"""Just enough protobuf to take a transaction apart, change a field and put it together again, so
that a test can hand validators what no honest client would send."""


def varint(value):
    out = bytearray()
    while True:
        if value < 0x80:
            out.append(value)
            return bytes(out)
        out.append(value & 0x7F | 0x80)
        value >>= 7


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def decode(data):
    """[(field number, value)] in wire order; value is int (varint) or bytes."""
    fields, at = [], 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind == 2:
            size, at = read_varint(data, at)
            value = data[at:at + size]
            at += size
        else:
            raise ValueError(f"wire type {kind}")
        fields.append((number, value))
    return fields


def encode(fields):
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return bytes(out)


def zigzag(value):
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value):
    return value >> 1 if value & 1 == 0 else -(value + 1 >> 1)


def get(data, *path):
    """The value at a path of field numbers, the first occurrence at each level."""
    for number in path:
        data = next(value for field, value in decode(data) if field == number)
    return data


def replaced(data, path, value):
    """data with the first field at path replaced by value (None: left out)."""
    fields, done = [], False
    for number, old in decode(data):
        if number == path[0] and not done:
            done = True
            new = value if len(path) == 1 else replaced(old, path[1:], value)
            if new is not None:
                fields.append((number, new))
        else:
            fields.append((number, old))
    if not done and len(path) == 1 and value is not None:
        fields.append((path[0], value))
        fields.sort(key=lambda pair: pair[0])
    return encode(fields)
