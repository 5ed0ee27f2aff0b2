using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The steps of APGD for L∞ and L2 (Croce and Hein 2020, arXiv:2003.01690, algorithm 1): with momentum 0.75. The step
/// is halved, and the run continues from the best iterate, where the loss rose in at most 0.75 of an interval's
/// iterations, or where the interval brought nothing and the one before did not halve it.
/// </summary>
/// <param name="steps">Iterations of the run, which the intervals are shares of.</param>
internal sealed class ApgdMomentumSteps(int steps) : IApgdSteps
{
    private const double Momentum = 0.75;
    private const double LeastRising = 0.75;
    private readonly int shortest = Math.Max((int)(0.06 * steps), 1);
    private readonly int shortening = Math.Max((int)(0.03 * steps), 1);
    private int interval = Math.Max((int)(0.22 * steps), 1);
    private int sinceCheck;
    private bool moved;

    public double FirstStep(double epsilon) => 2 * epsilon;

    public void Step(ApgdState state, Ball ball)
    {
        var inertia = state.Point - state.Previous;
        state.Previous.copy_(state.Point);
        ball.SteepestDirection(state.Gradient);
        var next = state.Point + state.StepSize * state.Gradient;
        ball.Project(next);
        if (moved)
        {
            next.sub_(state.Point).mul_(Momentum).add_(state.Point).add_(inertia, alpha: 1 - Momentum);
            ball.Project(next);
        }
        state.Point.copy_(next);
        moved = true;
    }

    public void Adapt(ApgdState state, Ball ball)
    {
        if (++sinceCheck < interval)
            return;
        var oscillates = state.Rises <= LeastRising * interval;
        var stagnates = state.Halved.logical_not().logical_and(state.BestAtCheck >= state.BestValue);
        var halved = oscillates.logical_or(stagnates);
        state.StepSize.copy_(where(halved.reshape(-1, 1, 1, 1), state.StepSize / 2, state.StepSize));
        state.ReturnToBest(halved);
        state.Halved.copy_(halved);
        state.BestAtCheck.copy_(state.BestValue);
        state.Rises.zero_();
        (interval, sinceCheck) = (Math.Max(interval - shortening, shortest), 0);
    }
}
