using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// The steps of APGD for L1 (Croce and Hein 2021, arXiv:2103.01208, algorithm 1): the sign of the gradient's largest
/// values, 1.5 times fewer than the best iterate has changed, without momentum. At each check, where the best iterate
/// has become sparser by 5 %, the run continues from it by steps of length ε again; elsewhere the step is divided by
/// 1.5, down to ε / 10. Departure from the public code: a value that a projection takes back counts as unchanged, where
/// the public code may leave it off by the last bit and count it.
/// </summary>
/// <param name="steps">Iterations of the run in one ball, of which the interval of the checks is a share.</param>
/// <param name="firstShare">
/// The share of the values that a step moves before the first check, which then compares the number of changed values
/// with that of all; null to take both from how many values the start changes.
/// </param>
internal sealed class ApgdSparseSteps(int steps, double? firstShare = null) : IApgdSteps
{
    private const double Sparser = 1.5;
    private const double Shortening = 1.5;
    private const double LeastShare = 0.1;
    private const double LessChanged = 0.95;
    private const double Tiny = 1e-10;
    private readonly int interval = Math.Max((int)(0.04 * steps), 1);
    private double? share = firstShare;
    private int sinceCheck;

    public double FirstStep(double epsilon) => epsilon;

    public void Step(ApgdState state, Ball ball)
    {
        var size = state.Gradient.abs().flatten(1);
        var values = size.shape[1];
        var moved = share is { } first ? full_like(state.Changed, first) : state.Changed / values / Sparser;
        var smaller = ((1 - moved) * values).clamp_(0, values - 1).to(ScalarType.Int64)
            .unsqueeze(1);
        var least = size.sort(1).Values.gather(1, smaller).reshape(-1, 1, 1, 1);
        var direction = (state.Gradient * (state.Gradient.abs() >= least)).sign_();
        var next = state.Point + state.StepSize * direction / (direction.abs().sum([1, 2, 3], keepdim: true) + Tiny);
        ball.Project(next);
        state.Point.copy_(next);
    }

    public void Adapt(ApgdState state, Ball ball)
    {
        if (++sinceCheck < interval)
            return;
        var changed = ApgdState.CountChanged(ball.Images, state.BestPoint);
        var before = share is null ? state.Changed : full_like(changed, ball.Images[0].numel());
        var sparser = changed / before < LessChanged;
        var shorter = (state.StepSize / Shortening).clamp_(min: LeastShare * ball.Epsilon);
        state.StepSize.copy_(where(sparser.reshape(-1, 1, 1, 1), full_like(shorter, ball.Epsilon), shorter));
        state.ReturnToBest(sparser);
        state.Changed.copy_(changed);
        (sinceCheck, share) = (0, null);
    }
}
