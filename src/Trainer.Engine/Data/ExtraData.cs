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

    /// <summary>The part of their labels that is spread evenly over all classes.</summary>
    [Between(0, 1)] public double LabelSmoothing { get; init => field = Require.Between(0, 1, value); }
}
