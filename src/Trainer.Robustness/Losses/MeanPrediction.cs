namespace Trainer.Robustness.Losses;

/// <summary>The mean of predictions for noisy copies of some images.</summary>
internal static class MeanPrediction
{
    /// <summary>
    /// The logarithm of the mean softmax. By log-sum-exp, so that it needs no small number added to a probability, and
    /// has a gradient where the probability of a class is next to nothing.
    /// </summary>
    /// <param name="logits">Float [M · N, K]: of all images with the first noise, then with the second, …</param>
    /// <param name="draws">M.</param>
    /// <returns>Float [N, K].</returns>
    public static Tensor Of(Tensor logits, long draws) =>
        logits.view(draws, -1, logits.shape[1]).log_softmax(2).logsumexp(0) - Math.Log(draws);
}
