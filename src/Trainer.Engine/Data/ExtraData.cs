using Trainer.Robustness.Components;

namespace Trainer.Engine.Data;

/// <summary>
/// Images, mostly generated ones, that fill a part of each training batch, as Gowal et al. 2021 (arXiv:2110.09468) and
/// Rebuffi et al. 2021 (arXiv:2103.01946) mix them: drawn with replacement, while the length of an epoch counts the
/// original images alone. They are read from the file as they are needed.
/// </summary>
public sealed record ExtraData
{
    /// <summary>
    /// A safetensors file with <c>images</c> (uint8 [N, C, H, W]) and <c>labels</c> (int64 [N]); may be larger than
    /// memory.
    /// </summary>
    [FilePath] public required string Path { get; init; }

    /// <summary>The part of each batch that they fill, rounded down to whole rows.</summary>
    [Between(0, 1)] public double Fraction { get; init => field = Require.Between(0, 1, value); } = 0.7;

    /// <summary>
    /// Other parts of each batch from later epochs on, ascending by epoch, as Bartoldson et al. 2024 (arXiv:2404.09349)
    /// add the original images after most of the training.
    /// </summary>
    public IReadOnlyList<ExtraFraction> FractionChanges
    {
        get;
        init => field = value.Zip(value.Skip(1)).All(pair => pair.First.FromEpoch < pair.Second.FromEpoch) ? value
            : throw new ArgumentException($"Found the epochs {string.Join(", ", value.Select(
                change => change.FromEpoch))}, expected ascending ones.", nameof(FractionChanges));
    } = [];

    /// <summary>The part of each batch in an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public double FractionIn(long epoch) =>
        FractionChanges.LastOrDefault(change => change.FromEpoch <= epoch + 1)?.Fraction ?? Fraction;

    /// <summary>Warns of changes that come after the end of training; null where all come before.</summary>
    /// <param name="epochs">How many epochs are trained.</param>
    public string? Caution(long epochs) =>
        FractionChanges.FirstOrDefault(change => change.FromEpoch > epochs) is not { } late ? null
        : $"data.extra.fractionChanges: the fraction changes from epoch {late.FromEpoch} on, and the run has {epochs}: "
            + $"it never does. Name an epoch of at most {epochs}, or train longer.";

    /// <summary>The part of their labels that is spread evenly over all classes.</summary>
    [Between(0, 1)] public double LabelSmoothing { get; init => field = Require.Between(0, 1, value); }
}
