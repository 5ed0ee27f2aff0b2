namespace Trainer.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">What it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do about it; null where all is well.</param>
/// <param name="IsFault">Whether nothing can be trained while it is so.</param>
internal sealed record Finding(string What, string Found, string? Advice = null, bool IsFault = false);
