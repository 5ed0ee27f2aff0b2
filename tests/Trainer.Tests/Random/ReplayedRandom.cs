using Trainer.Robustness.Random;

namespace Trainer.Tests.Random;

/// <summary>
/// Draws that were made elsewhere: the values come from a function of the fields, of the rows that are left, and of the
/// shape of a row.
/// </summary>
internal sealed class ReplayedRandom(
    IReadOnlyList<long> fields, IReadOnlyList<long> rows, Func<IReadOnlyList<long>, long[], Tensor> draws)
    : RandomSource
{
    /// <param name="draws">From the fields and the shape of a draw for all rows to its values.</param>
    /// <param name="rows">The number of rows of the whole batch.</param>
    public ReplayedRandom(long rows, Func<IReadOnlyList<long>, long[], Tensor> draws)
        : this([], [.. Enumerable.Range(0, (int)rows).Select(row => (long)row)], draws)
    {
        AllRows = rows;
    }

    private long AllRows { get; init; }

    internal override double Number() => draws(fields, [1]).to(ScalarType.Float64).item<double>();

    public override RandomSource With(long field) =>
        new ReplayedRandom([.. fields, field], rows, draws) { AllRows = AllRows };

    public override RandomSource Select(IReadOnlyList<long> chosen) =>
        new ReplayedRandom(fields, [.. chosen.Select(row => rows[(int)row])], draws) { AllRows = AllRows };

    public override RandomSource Part(long first, long count, long total) =>
        new ReplayedRandom(fields, [.. rows.Skip((int)first).Take((int)count)], draws) { AllRows = AllRows };

    public override RandomSource Every(long first, long step, long total) => throw new NotSupportedException();

    private protected override Tensor Draw(long[] shape, Func<long[], Generator, Tensor> draw)
    {
        using var all = draws(fields, [AllRows, .. shape[1..]]);
        using var index = tensor([.. rows]);
        return all.index_select(0, index);
    }
}
