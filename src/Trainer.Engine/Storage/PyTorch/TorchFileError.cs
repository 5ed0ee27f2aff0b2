namespace Trainer.Engine.Storage.PyTorch;

/// <summary>
/// Everything that can be wrong with a PyTorch file. The set is closed: reading gives no other error than these and
/// those of the file system.
/// </summary>
public enum TorchFileError
{
    /// <summary>The file is no PyTorch file, or one of a kind that holds no state dict.</summary>
    OtherFormat,

    /// <summary>The zip archive is malformed, or cut off.</summary>
    InvalidArchive,

    /// <summary>A record of the archive is missing, given twice, compressed, encrypted, or shares bytes.</summary>
    InvalidRecord,

    /// <summary>A record's bytes do not have the checksum that the archive gives.</summary>
    Checksum,

    /// <summary>The pickle is malformed, or cut off.</summary>
    InvalidPickle,

    /// <summary>The pickle asks for something other than tensors and plain containers.</summary>
    Refused,

    /// <summary>The pickle is longer, or has more instructions, than any state dict needs.</summary>
    TooLarge,

    /// <summary>
    /// A tensor's sizes, strides or offset do not fit its storage, or the storage does not fit the file.
    /// </summary>
    InvalidTensor,

    /// <summary>No state dict is there, several are, or none has the key asked for.</summary>
    NoStateDict,

    /// <summary>The file ends before its last storage does, or became shorter.</summary>
    Truncated,
}
