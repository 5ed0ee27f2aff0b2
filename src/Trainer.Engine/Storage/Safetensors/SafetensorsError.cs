namespace Trainer.Engine.Storage.Safetensors;

/// <summary>
/// Everything that can be wrong with a safetensors file. The set is closed: reading gives no other error than these and
/// those of the file system.
/// </summary>
public enum SafetensorsError
{
    /// <summary>The file is of another format that is known by its first bytes.</summary>
    OtherFormat,

    /// <summary>The file is shorter than the eight bytes that hold the header's length.</summary>
    TooShort,

    /// <summary>The header is longer than 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The file ends within its header.</summary>
    HeaderTruncated,

    /// <summary>The header is not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>The header is not JSON.</summary>
    InvalidJson,

    /// <summary>
    /// The header is JSON of another form: not an object, or an entry lacks a field, has one too many, or one of the
    /// wrong type.
    /// </summary>
    InvalidHeader,

    /// <summary><c>__metadata__</c> is not an object of strings.</summary>
    InvalidMetadata,

    /// <summary>A name occurs twice.</summary>
    DuplicateName,

    /// <summary>An entry's dtype is not in the format, or torch has none like it.</summary>
    UnknownDtype,

    /// <summary>A shape has a negative or fractional size, or more than 64 dimensions.</summary>
    InvalidShape,

    /// <summary>Offsets are negative, fractional, or end before they begin.</summary>
    InvalidOffsets,

    /// <summary>A shape, its size in bytes, or an offset does not fit into 63 bits.</summary>
    Overflow,

    /// <summary>An entry's offsets do not span shape × dtype bytes.</summary>
    SizeMismatch,

    /// <summary>Two entries share bytes.</summary>
    Overlap,

    /// <summary>Bytes between two entries belong to none.</summary>
    Hole,

    /// <summary>The file ends before its last tensor does.</summary>
    Truncated,

    /// <summary>Bytes follow the last tensor.</summary>
    TrailingBytes,

    /// <summary>No tensor has the name asked for.</summary>
    NoSuchTensor,
}
