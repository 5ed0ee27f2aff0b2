using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Trainer.Engine.Checkpoints;

/// <summary>The name of a checkpoint's folder, such as <c>000017-step-000000469</c>.</summary>
/// <param name="Save">Number of the save, from 1; rises within a run folder and is not reused.</param>
/// <param name="Step">The global step at which it was made.</param>
public sealed record CheckpointName(long Save, long Step)
{
    private const string Middle = "-step-";
    private const long Highest = 999_999_999_999;

    /// <summary>Reads a folder's name; only the form that <see cref="ToString"/> writes is one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CheckpointName? name)
    {
        name = null;
        if (text.Split(Middle) is [var save, var step]
            && long.TryParse(save, NumberStyles.None, CultureInfo.InvariantCulture, out var saveNumber)
            && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var stepNumber)
            && saveNumber <= Highest
            && new CheckpointName(saveNumber, stepNumber) is var parsed
            && parsed.ToString() == text)
            name = parsed;
        return name is not null;
    }

    /// <summary>The folder's name.</summary>
    public override string ToString() => $"{Save:D6}{Middle}{Step:D9}";
}
