namespace Trainer.Robustness.Attacks;

/// <summary>Leaves broken examples out of the tensors that an attack goes on with.</summary>
internal static class Compaction
{
    /// <summary>Keeps some rows; frees the tensor of all.</summary>
    public static void Keep(ref Tensor values, Tensor rows)
    {
        using var all = values;
        values = all.index_select(0, rows);
    }
}
