using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>How APGD moves and adapts its step size.</summary>
internal interface IApgdSteps
{
    /// <summary>The first step's length, in image units.</summary>
    double FirstStep(double epsilon);

    /// <summary>Takes one step.</summary>
    void Step(ApgdState state, Ball ball);

    /// <summary>Called after each iteration, of which it decides by itself at which to adapt the step size.</summary>
    void Adapt(ApgdState state, Ball ball);
}
