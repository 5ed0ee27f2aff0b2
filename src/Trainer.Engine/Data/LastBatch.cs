namespace Trainer.Engine.Data;

/// <summary>How an epoch's last images are used where they are fewer than a batch.</summary>
public enum LastBatch
{
    /// <summary>They are a smaller batch of their own.</summary>
    Keep,

    /// <summary>They are left out: other ones in each epoch.</summary>
    Drop,

    /// <summary>They join the batch before.</summary>
    Merge,
}
