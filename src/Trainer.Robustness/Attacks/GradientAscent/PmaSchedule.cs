using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>The steps of one run of <see cref="Pma"/>, and which probabilities each of them is to change.</summary>
/// <param name="steps">How many there are.</param>
/// <param name="length">Of the longest step, in image units.</param>
/// <param name="beginsWithTrueClass">
/// Whether the first half lowers the true class's probability; otherwise it raises the largest other one.
/// </param>
internal sealed class PmaSchedule(int steps, double length, bool beginsWithTrueClass) : IStepRule
{
    private readonly double change = steps / 2.0;
    private int step;

    /// <summary>
    /// The factors of the largest other probability and of the true class's, in the loss to maximise.
    /// </summary>
    public (int Other, int True) Factors =>
        step == 0 ? (0, 1) : step >= change ? (1, -1) : beginsWithTrueClass ? (0, -1) : (1, 0);

    /// <summary>The length of the next step.</summary>
    public double Length
    {
        get
        {
            // The first step is counted from -1, and the half after the change from 0: as in the public code.
            var since = step > change ? step - change - 1 : step - 1;
            return length * 0.5 * (1 + Math.Cos(since / (steps - change) * Math.PI));
        }
    }

    public void Step(Ball ball, Tensor point, Tensor gradient)
    {
        ball.Step(point, gradient, Length);
        step++;
    }

    public void Select(Tensor rows)
    {
        // Every example is at the same step.
    }
}
