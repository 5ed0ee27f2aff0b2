namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>
/// The logit-scaled confidence φ = log p_y − log Σ_{j≠y} p_j of a prediction in its label (Carlini et al. 2022,
/// arXiv:2112.03570, section VI-A), and what is computed from it without rounding: it does not saturate where p_y is 1.
/// </summary>
internal static class LogitConfidence
{
    /// <summary>φ of each row.</summary>
    /// <param name="logits">Float [N, K], K at least 2.</param>
    /// <param name="labels">Int64 [N].</param>
    /// <returns>Float64 [N].</returns>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var exact = logits.to(ScalarType.Float64);
        var own = labels.unsqueeze(1);
        var others = exact.scatter(1, own, full_like(own, double.NegativeInfinity, ScalarType.Float64)).logsumexp(1);
        return exact.gather(1, own).squeeze(1).sub(others).MoveToOuterDisposeScope();
    }

    /// <summary>p_y, from 0 to 1.</summary>
    public static double Probability(double phi) => Math.Exp(-Loss(phi));

    /// <summary>1 − p_y, from 0 to 1.</summary>
    public static double ErrorProbability(double phi) => Math.Exp(-Loss(-phi));

    /// <summary>The cross-entropy −log p_y.</summary>
    public static double Loss(double phi) =>
        phi > 0 ? LogOnePlus(Math.Exp(-phi)) : LogOnePlus(Math.Exp(phi)) - phi;

    /// <summary>
    /// log(1 + x), also where 1 + x is 1 in float64, which .NET's LogP1 adds first (Higham 2002, Accuracy and Stability
    /// of Numerical Algorithms, section 1.14.1).
    /// </summary>
    /// <param name="x">Above −1.</param>
    public static double LogOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}
