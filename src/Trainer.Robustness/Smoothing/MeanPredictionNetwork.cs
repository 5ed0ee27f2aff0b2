using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Smoothing;

/// <summary>A network's mean prediction over fixed noise, as a module that attacks go through.</summary>
internal sealed class MeanPredictionNetwork : Module
{
    private readonly Classifier classifier;
    private readonly Module network;
    private readonly Tensor noise;

    /// <param name="classifier">The network.</param>
    /// <param name="noise">Float32 [M, C, H, W], the caller's.</param>
    public MeanPredictionNetwork(Classifier classifier, Tensor noise) : base("mean-prediction")
    {
        (this.classifier, network, this.noise) = (classifier, classifier.Network, noise);
        // The network's modules are then the classifier's, too: whoever sets their mode or asks for their layers.
        register_module(nameof(network), network);
    }

    /// <param name="input">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>Float32 [N, K], logarithms of probabilities.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var copies = (input.unsqueeze(0) + noise.unsqueeze(1)).flatten(0, 1);
        return MeanPrediction.Of(classifier.Logits(copies), noise.shape[0]).MoveToOuterDisposeScope();
    }
}
