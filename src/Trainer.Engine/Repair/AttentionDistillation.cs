namespace Trainer.Engine.Repair;

/// <summary>
/// Neural attention distillation (Li et al. 2021, arXiv:2101.05930): a copy that is fine-tuned on the clean images is
/// the teacher; then the network learns the clean images, and to attend as the teacher does. The attention of a
/// feature map F is Σ_c |F_c|², divided by its norm; the loss adds β times the mean squared difference of attention,
/// with β 500, 1000 and 1000 from the earliest map, as in the authors' code (bboylyg/NAD). There the maps are the
/// outputs of the three groups of a WRN-16-1, with their negative values. Here they are of any network: at each of the
/// last three sizes, the output of the last layer that has it, after ReLU. BackdoorBench (SCLBD/BackdoorBench) takes
/// the outputs of the last three children of PreAct-ResNet-18, of which the last is the pooled one, whose single pixel
/// has attention 1 in every network. Both lower the learning rate in steps, if at all; here it falls as half a cosine.
/// Weight decay is 5e-4 here and 1e-4 in the authors' code.
/// </summary>
/// <param name="fineTuning">How teacher and student are trained.</param>
internal sealed class AttentionDistillation(FineTuning fineTuning) : IRepair
{
    private const double Least = 1e-6;
    private static readonly double[] Betas = [1000, 1000, 500];

    public string? Run(RepairedNetwork network, CleanImages clean)
    {
        using var teacher = network.Original();
        fineTuning.Run(teacher, clean);
        fineTuning.Train(network, clean, "distillation", (images, targets) =>
        {
            var (logits, maps) = FeatureMaps.Of(network.Classifier, images);
            using var noGrad = no_grad();
            var (_, taught) = FeatureMaps.Of(teacher.Classifier, images);
            using var gradients = enable_grad();
            return targets.CrossEntropy(logits).mean() + Distance(maps, taught);
        });
        return null;
    }

    /// <summary>How far the attention of two networks differs, weighted by β.</summary>
    /// <param name="maps">Float [N, c, h, w], from the first size to the last.</param>
    /// <param name="taught">The same of the teacher.</param>
    /// <returns>Float [].</returns>
    public static Tensor Distance(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor> taught) =>
        maps.Zip(taught).Reverse().Zip(Betas)
            .Select(item => item.Second * nn.functional.mse_loss(Attention(item.First.First),
                Attention(item.First.Second)))
            .Aggregate((sum, term) => sum + term);

    /// <summary>Where a feature map is large.</summary>
    /// <param name="map">Float [N, c, h, w].</param>
    /// <returns>Float [N, h, w], each image with norm 1.</returns>
    public static Tensor Attention(Tensor map)
    {
        var sum = map.square().sum(1);
        return sum / (sum.square().sum([1L, 2], keepdim: true).sqrt() + Least);
    }
}
