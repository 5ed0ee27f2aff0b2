using Trainer.Robustness.Bounds;
using Trainer.Robustness.Components;

namespace Trainer.Engine.Evaluation.Verification;

/// <summary>How held-out images are verified after each epoch that is evaluated.</summary>
public sealed record ValidationBounds
{
    /// <summary>How bounds are computed: intervals are the fastest.</summary>
    public BoundMethod Method { get; init; } = BoundMethod.Ibp;

    /// <summary>Held-out images: a subset fixed by the seed, the same every time.</summary>
    [AtLeast(1)] public int Examples { get; init => field = Require.AtLeast(1, value); } = 1000;
}
