namespace Trainer.Engine.Data;

/// <summary>The rows of one batch.</summary>
/// <param name="Originals">Rows of the data set.</param>
/// <param name="Extras">Rows of the extra images.</param>
/// <param name="Places">For each row of the batch its place among the originals and, after them, the extras.</param>
internal sealed record MixedRows(long[] Originals, long[] Extras, long[] Places);
