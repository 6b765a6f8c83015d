"""Compiled twin of `exchange.py`: what is laid out there, as a stream of the Arrow C data interface in a PyCapsule.

In: the fields of a table as `exchange.py` describes them. Out: a capsule called `arrow_array_stream` with one struct array, as
https://arrow.apache.org/docs/format/CStreamInterface.html has it. All memory is copied into what `malloc` gives, so that whoever
takes the stream may let go of it in any thread, and after Python has ended: nothing here touches Python but the making.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

__all__ = ["stream_capsule"]

cdef enum:
    NULLABLE = 2  # ARROW_FLAG_NULLABLE
    INVALID = 22  # EINVAL

cdef struct ArrowSchema:
    const char* format
    const char* name
    const char* metadata
    int64_t flags
    int64_t n_children
    ArrowSchema** children
    ArrowSchema* dictionary
    void (*release)(ArrowSchema*) noexcept nogil
    void* private_data

cdef struct ArrowArray:
    int64_t length
    int64_t null_count
    int64_t offset
    int64_t n_buffers
    int64_t n_children
    const void** buffers
    ArrowArray** children
    ArrowArray* dictionary
    void (*release)(ArrowArray*) noexcept nogil
    void* private_data

cdef struct ArrowArrayStream:
    int (*get_schema)(ArrowArrayStream*, ArrowSchema*) noexcept nogil
    int (*get_next)(ArrowArrayStream*, ArrowArray*) noexcept nogil
    const char* (*get_last_error)(ArrowArrayStream*) noexcept nogil
    void (*release)(ArrowArrayStream*) noexcept nogil
    void* private_data

cdef struct Held:  # what a stream gives: the schema as often as it is asked for, the array once
    ArrowSchema schema
    ArrowArray array


cdef void release_schema(ArrowSchema* schema) noexcept nogil:
    """Free a schema with all that hangs on it, and mark it as released."""
    cdef int64_t number
    for number in range(schema.n_children):
        if schema.children[number] != NULL:
            if schema.children[number].release != NULL:
                schema.children[number].release(schema.children[number])
            free(schema.children[number])
    if schema.dictionary != NULL:
        if schema.dictionary.release != NULL:
            schema.dictionary.release(schema.dictionary)
        free(schema.dictionary)
    free(schema.children)
    free(<void*>schema.format)
    free(<void*>schema.name)
    free(<void*>schema.metadata)
    schema.release = NULL


cdef void release_array(ArrowArray* array) noexcept nogil:
    """Free an array with all that hangs on it, and mark it as released."""
    cdef int64_t number
    for number in range(array.n_children):
        if array.children[number] != NULL:
            if array.children[number].release != NULL:
                array.children[number].release(array.children[number])
            free(array.children[number])
    if array.dictionary != NULL:
        if array.dictionary.release != NULL:
            array.dictionary.release(array.dictionary)
        free(array.dictionary)
    for number in range(array.n_buffers):
        free(<void*>array.buffers[number])
    free(array.buffers)
    free(array.children)
    array.release = NULL


cdef void* copied(const char* data, size_t size) except NULL:
    """Return memory of our own with the same bytes and a zero behind them."""
    cdef char* own = <char*>malloc(size + 1)
    if own == NULL:
        raise MemoryError
    memcpy(own, data, size)
    own[size] = 0
    return own


cdef void* zeroed(size_t count, size_t size) except NULL:
    """Return memory for so many things of a size, all zero. Raises MemoryError."""
    cdef void* own = calloc(count if count > 0 else 1, size)
    if own == NULL:
        raise MemoryError
    return own


cdef int fill_schema(ArrowSchema* schema, object field) except -1:
    """Fill a zeroed schema; what is there of it is released by the caller if this raises."""
    cdef bytes name = field.name, layout = field.format, metadata = field.metadata
    cdef int64_t number
    schema.release = release_schema
    schema.name = <const char*>copied(name, len(name))
    schema.format = <const char*>copied(layout, len(layout))
    schema.metadata = <const char*>copied(metadata, len(metadata)) if metadata else NULL
    schema.flags = NULLABLE if field.nullable else 0
    schema.children = <ArrowSchema**>zeroed(len(field.children), sizeof(ArrowSchema*))
    schema.n_children = len(field.children)
    for number in range(schema.n_children):
        schema.children[number] = <ArrowSchema*>zeroed(1, sizeof(ArrowSchema))
        fill_schema(schema.children[number], field.children[number])
    if field.dictionary is not None:
        schema.dictionary = <ArrowSchema*>zeroed(1, sizeof(ArrowSchema))
        fill_schema(schema.dictionary, field.dictionary)
    return 0


cdef int fill_array(ArrowArray* array, object field) except -1:
    """Fill a zeroed array, likewise."""
    cdef const unsigned char[::1] view
    cdef int64_t number
    array.release = release_array
    array.length = field.length
    array.null_count = field.nulls
    array.buffers = <const void**>zeroed(len(field.buffers), sizeof(void*))
    array.n_buffers = len(field.buffers)
    for number in range(array.n_buffers):
        if field.buffers[number] is None:  # no value is missing
            continue
        view = field.buffers[number]
        array.buffers[number] = copied(<const char*>&view[0], view.shape[0]) if view.shape[0] else zeroed(8, 1)
    array.children = <ArrowArray**>zeroed(len(field.children), sizeof(ArrowArray*))
    array.n_children = len(field.children)
    for number in range(array.n_children):
        array.children[number] = <ArrowArray*>zeroed(1, sizeof(ArrowArray))
        fill_array(array.children[number], field.children[number])
    if field.dictionary is not None:
        array.dictionary = <ArrowArray*>zeroed(1, sizeof(ArrowArray))
        fill_array(array.dictionary, field.dictionary)
    return 0


cdef char* twice(const char* data, size_t size) noexcept nogil:
    """Return a copy with a zero behind it; NULL where there is no memory."""
    cdef char* own = <char*>malloc(size + 1)
    if own != NULL:
        memcpy(own, data, size)
        own[size] = 0
    return own


cdef size_t text_size(const char* text) noexcept nogil:
    """Return the length of a text that a zero ends."""
    cdef size_t size = 0
    while text[size] != 0:
        size += 1
    return size


cdef size_t metadata_size(const char* data) noexcept nogil:
    """Return the length of a schema's metadata: a count, then a length and bytes for each key and value."""
    cdef int32_t pairs, length
    cdef size_t place = 4
    cdef int number
    memcpy(&pairs, data, 4)
    for number in range(2 * pairs):
        memcpy(&length, data + place, 4)
        place += 4 + length
    return place


cdef bint copy_schema(const ArrowSchema* schema, ArrowSchema* out) noexcept nogil:
    """Copy a schema; return whether there was memory for it. If not, the caller releases what is there of `out`."""
    cdef int64_t number
    memset(out, 0, sizeof(ArrowSchema))
    out.release = release_schema
    out.flags = schema.flags
    out.name = twice(schema.name, text_size(schema.name))
    out.format = twice(schema.format, text_size(schema.format))
    out.children = <ArrowSchema**>calloc(schema.n_children + 1, sizeof(ArrowSchema*))
    if out.name == NULL or out.format == NULL or out.children == NULL:
        return False
    if schema.metadata != NULL:
        out.metadata = twice(schema.metadata, metadata_size(schema.metadata))
        if out.metadata == NULL:
            return False
    out.n_children = schema.n_children
    for number in range(schema.n_children):
        out.children[number] = <ArrowSchema*>calloc(1, sizeof(ArrowSchema))
        if out.children[number] == NULL or not copy_schema(schema.children[number], out.children[number]):
            return False
    if schema.dictionary != NULL:
        out.dictionary = <ArrowSchema*>calloc(1, sizeof(ArrowSchema))
        return out.dictionary != NULL and copy_schema(schema.dictionary, out.dictionary)
    return True


cdef int get_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept nogil:
    """Give a copy of the schema; return 0, or an error number."""
    cdef Held* held = <Held*>stream.private_data
    if held == NULL:
        return INVALID
    if copy_schema(&held.schema, out):
        return 0
    release_schema(out)
    return 12  # ENOMEM


cdef int get_next(ArrowArrayStream* stream, ArrowArray* out) noexcept nogil:
    """Hand the array over; from then on say that there is no more."""
    cdef Held* held = <Held*>stream.private_data
    if held == NULL:
        return INVALID
    memcpy(out, &held.array, sizeof(ArrowArray))
    memset(&held.array, 0, sizeof(ArrowArray))
    return 0


cdef const char* get_last_error(ArrowArrayStream* stream) noexcept nogil:
    """Return that there is no text for an error."""
    return NULL


cdef void release_stream(ArrowArrayStream* stream) noexcept nogil:
    """Free the stream with what was not taken, and mark it as released."""
    cdef Held* held = <Held*>stream.private_data
    if held != NULL:
        if held.schema.release != NULL:
            held.schema.release(&held.schema)
        if held.array.release != NULL:
            held.array.release(&held.array)
        free(held)
    stream.private_data = NULL
    stream.release = NULL


cdef void drop(object capsule) noexcept:
    """Release what nobody took."""
    cdef ArrowArrayStream* stream = <ArrowArrayStream*>PyCapsule_GetPointer(capsule, "arrow_array_stream")
    if stream != NULL:
        if stream.release != NULL:
            stream.release(stream)
        free(stream)


def stream_capsule(field):
    """Return a capsule with a stream of the struct `field`, which can be taken once."""
    cdef ArrowArrayStream* stream = <ArrowArrayStream*>zeroed(1, sizeof(ArrowArrayStream))
    try:
        stream.private_data = zeroed(1, sizeof(Held))
        fill_schema(&(<Held*>stream.private_data).schema, field)
        fill_array(&(<Held*>stream.private_data).array, field)
        stream.get_schema = get_schema
        stream.get_next = get_next
        stream.get_last_error = get_last_error
        stream.release = release_stream
        return PyCapsule_New(stream, "arrow_array_stream", drop)
    except BaseException:
        release_stream(stream)
        free(stream)
        raise
