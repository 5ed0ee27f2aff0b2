using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Dispatch.Tests.Nn;

/// <summary>The functions of modules.json, by name.</summary>
internal static class FunctionCases
{
    public static readonly IReadOnlyDictionary<string, Func<Tensor[], Tensor>> All = new Dictionary<string, Func<Tensor[], Tensor>>
    {
        ["cross entropy"] = x => CrossEntropyLoss().call(x[0], x[1]),
        ["cross entropy, summed and smoothed"] = x => F.cross_entropy(x[0], x[1], reduction: Reduction.Sum, label_smoothing: 0.1),
        ["cross entropy, weighted and ignoring"] = x => CrossEntropyLoss(x[2], ignore_index: 2).call(x[0], x[1]),
        ["cross entropy of probabilities"] = x => F.cross_entropy(x[0], x[1], reduction: Reduction.None),
        ["cross entropy of pixels"] = x => F.cross_entropy(x[0], x[1]),
        ["nll"] = x => NLLLoss(x[2]).call(F.log_softmax(x[0], 1), x[1]),
        ["binary cross entropy"] = x => BCELoss().call(F.sigmoid(x[0]), x[1]),
        ["binary cross entropy with logits"] = x => BCEWithLogitsLoss(pos_weights: x[2], reduction: Reduction.Sum).call(x[0], x[1]),
        ["mse"] = x => MSELoss().call(x[0], x[1]),
        ["l1"] = x => L1Loss(Reduction.Sum).call(x[0], x[1]),
        ["smooth l1"] = x => SmoothL1Loss(beta: 0.5).call(x[0], x[1]),
        ["huber"] = x => HuberLoss(0.5, Reduction.None).call(x[0], x[1]),
        ["kl"] = x => KLDivLoss(log_target: false, Reduction.Sum).call(F.log_softmax(x[0], 1), x[1]),
        ["kl of logarithms"] = x => KLDivLoss().call(F.log_softmax(x[0], 1), F.log_softmax(x[1], 1)),
        ["softmax in float64"] = x => F.softmax(x[0], 1, ScalarType.Float64).to(ScalarType.Float32),
        ["normalize"] = x => F.normalize(x[0]),
        ["normalize, 1-norm over rows"] = x => F.normalize(x[0], 1.0, 0, 0.1),
        ["cosine similarity"] = x => F.cosine_similarity(x[0], x[1]),
        ["unfold"] = x => F.unfold(x[0], (2, 3), padding: (1, 0), stride: (1, 2)),
        ["one hot"] = x => F.one_hot(x[0], 4).to(ScalarType.Float32),
        ["pad by all kinds"] = x => F.pad(
            F.pad(F.pad(x[0], (1, 0, 0, 2), value: 0.3), (1, 1, 1, 0), PaddingModes.Reflect), (0, 1, 2, 0), PaddingModes.Circular),
        ["interpolate nearest exact"] = x => F.interpolate(x[0], scale_factor: [1.5, 2.0], mode: InterpolationMode.NearestExact),
        ["interpolate bilinear"] = x => F.interpolate(x[0], scale_factor: [1.7, 1.3], mode: InterpolationMode.Bilinear),
        ["interpolate bilinear, recomputed"] = x =>
            F.interpolate(x[0], scale_factor: [1.7, 1.3], mode: InterpolationMode.Bilinear, recompute_scale_factor: true),
        ["interpolate bilinear, antialiased"] = x => F.interpolate(x[0], size: [2, 3], mode: InterpolationMode.Bilinear, antialias: true),
        ["interpolate bicubic"] = x => F.interpolate(x[0], size: [5, 3], mode: InterpolationMode.Bicubic, align_corners: false),
        ["interpolate area"] = x => F.interpolate(x[0], size: [2, 2], mode: InterpolationMode.Area),
        ["interpolate linear"] = x => F.interpolate(x[0], scale_factor: [2.0], mode: InterpolationMode.Linear),
        ["interpolate trilinear"] = x => F.interpolate(x[0], size: [2, 3, 4], mode: InterpolationMode.Trilinear, align_corners: true),
    };
}
