using System.Globalization;

namespace Trainer.Benchmarks;

/// <summary>What a row found: the peer's cost over ours, once a round.</summary>
/// <param name="Row">The row's name.</param>
/// <param name="Values">One ratio a round.</param>
/// <param name="Target">What the median is to be.</param>
/// <param name="AtMost">Whether the target is an upper bound, as for memory; else a lower one.</param>
/// <param name="Note">What the ratio was computed from.</param>
/// <param name="Peer">What Trainer is compared with; empty where that is Trainer itself.</param>
internal sealed record Ratio(
    string Row, IReadOnlyList<double> Values, double Target, bool AtMost = false, string Note = "", string Peer = "")
{
    public double Median { get; } = Middle(Values);

    public bool IsMet => AtMost ? Median <= Target : Median >= Target;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"ratio {Row} {Median:F2} ({Values.Min():F2} to {Values.Max():F2}) target "
        + $"{(AtMost ? "at most " : "")}{Target:F2} "
        + $"{(IsMet ? "met" : "missed")}{(Peer.Length > 0 ? $" against {Peer}" : "")}"
        + $"{(Note.Length > 0 ? $"  # {Note}" : "")}");

    private static double Middle(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
