using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

/// <summary>The modules of modules.json, by name.</summary>
internal static class ModuleCases
{
    public static readonly IReadOnlyDictionary<string, Func<nn.Module>> All = new Dictionary<string, Func<nn.Module>>
    {
        ["linear"] = () => nn.Linear(5, 3),
        ["linear without bias on a sequence"] = () => nn.Linear(4, 2, hasBias: false),
        ["bilinear"] = () => nn.Bilinear(3, 4, 2),
        ["identity"] = () => nn.Identity(),
        ["conv1d"] = () => nn.Conv1d(3, 4, 3, stride: 2, padding: 1, dilation: 2),
        ["conv2d"] = () => nn.Conv2d(3, 4, 3, padding: 1),
        ["conv2d of unequal sizes"] = () => nn.Conv2d(4, 6, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, bias: false),
        ["conv2d same"] = () => nn.Conv2d(2, 3, (3, 4), Padding.Same),
        ["conv2d reflect"] = () => nn.Conv2d(2, 3, (3, 5), padding: (1, 2), padding_mode: PaddingModes.Reflect),
        ["conv2d same circular"] = () => nn.Conv2d(2, 2, (2, 3), Padding.Same, padding_mode: PaddingModes.Circular),
        ["conv2d unbatched"] = () => nn.Conv2d(2, 3, 2),
        ["conv3d"] = () => nn.Conv3d(2, 3, 2, stride: 1, padding: 1),
        ["conv transpose 2d"] = () => nn.ConvTranspose2d(3, 4, 3, stride: 2, padding: 1, output_padding: 1),
        ["conv transpose 2d of unequal sizes"] = () =>
            nn.ConvTranspose2d(4, 2, (3, 2), stride: (2, 3), padding: (1, 0), output_padding: (1, 2), groups: 2, dilation: (2, 1)),
        ["batch norm 1d"] = () => nn.BatchNorm1d(4),
        ["batch norm 1d of sequences"] = () => nn.BatchNorm1d(3),
        ["batch norm 2d, training"] = () => nn.BatchNorm2d(3),
        ["batch norm 2d, cumulative average"] = () =>
        {
            var module = nn.BatchNorm2d(3);
            module.momentum = null;
            return module;
        },
        ["batch norm 2d, evaluation"] = () => nn.BatchNorm2d(3),
        ["batch norm 2d, plain"] = () => nn.BatchNorm2d(3, affine: false, track_running_stats: false),
        ["batch norm 3d"] = () => nn.BatchNorm3d(2, eps: 1e-3, momentum: 0.3),
        ["group norm"] = () => nn.GroupNorm(2, 4),
        ["layer norm"] = () => nn.LayerNorm([3, 4]),
        ["layer norm, plain"] = () => nn.LayerNorm(4, elementwise_affine: false),
        ["instance norm 2d"] = () => nn.InstanceNorm2d(3),
        ["instance norm 2d, affine and tracking"] = () => nn.InstanceNorm2d(3, affine: true, track_running_stats: true),
        ["instance norm 2d, unbatched"] = () => nn.InstanceNorm2d(3),
        ["max pool 1d"] = () => nn.MaxPool1d(3, stride: 2, padding: 1),
        ["max pool 2d"] = () => nn.MaxPool2d(2),
        ["max pool 2d of unequal sizes"] = () => nn.MaxPool2d((3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), ceil_mode: true),
        ["average pool 1d"] = () => nn.AvgPool1d(3, stride: 2, padding: 1, count_include_pad: false),
        ["average pool 2d"] = () => nn.AvgPool2d(2),
        ["average pool 2d of unequal sizes"] = () => nn.AvgPool2d((3, 2), stride: (2, 1), padding: (1, 0), ceil_mode: true, divisor_override: 4),
        ["adaptive average pool 1d"] = () => nn.AdaptiveAvgPool1d(3),
        ["adaptive average pool 2d"] = () => nn.AdaptiveAvgPool2d((2, 3)),
        ["adaptive average pool 2d to one"] = () => nn.AdaptiveAvgPool2d(1),
        ["adaptive max pool 2d"] = () => nn.AdaptiveMaxPool2d([2, 3]),
        ["embedding"] = () => nn.Embedding(5, 3, padding_idx: 1),
        ["embedding, bounded"] = () => nn.Embedding(5, 3, max_norm: 0.5),
        ["flatten"] = () => nn.Flatten(),
        ["flatten of the first two"] = () => nn.Flatten(0, 1),
        ["unflatten"] = () => nn.Unflatten(1, [2, 3]),
        ["pixel shuffle"] = () => nn.PixelShuffle(2),
        ["upsample nearest"] = () => nn.Upsample(scale_factor: [2, 2]),
        ["upsample bilinear"] = () => nn.Upsample(size: [5, 4], mode: UpsampleMode.Bilinear, align_corners: true),
        ["dropout, evaluation"] = () => nn.Dropout(0.4),
        ["relu"] = () => nn.ReLU(),
        ["relu6"] = () => nn.ReLU6(),
        ["leaky relu"] = () => nn.LeakyReLU(0.2),
        ["prelu"] = () => nn.PReLU(3),
        ["elu"] = () => nn.ELU(1.3),
        ["selu"] = () => nn.SELU(),
        ["celu"] = () => nn.CELU(0.7),
        ["gelu"] = () => nn.GELU(),
        ["silu"] = () => nn.SiLU(),
        ["mish"] = () => nn.Mish(),
        ["sigmoid"] = () => nn.Sigmoid(),
        ["tanh"] = () => nn.Tanh(),
        ["softplus"] = () => nn.Softplus(2, 3),
        ["softmax"] = () => nn.Softmax(1),
        ["log softmax"] = () => nn.LogSoftmax(1),
        ["hardswish"] = () => nn.Hardswish(),
        ["hardtanh"] = () => nn.Hardtanh(-0.5, 1.5),
        ["zero pad"] = () => nn.ZeroPad2d((1, 0, 2, 1)),
        ["constant pad"] = () => nn.ConstantPad1d((2, 1), 0.7),
        ["reflection pad"] = () => nn.ReflectionPad2d((1, 2, 0, 1)),
        ["replication pad"] = () => nn.ReplicationPad2d(1),
        ["a network"] = () => new Block(),
        ["a network in bfloat16"] = () => new Block().bfloat16(),
        ["a network in bfloat16, evaluation"] = () => new Block().bfloat16(),
    };

    /// <summary>The network of make_module_fixtures.py: fields, a sequence, a list and a parameter of its own.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d conv = nn.Conv2d(2, 3, 3, padding: 1, bias: false);
        private readonly BatchNorm2d bn = nn.BatchNorm2d(3);
        private readonly Sequential rest = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU(), nn.BatchNorm2d(3));
        private readonly ModuleList<Linear> heads = nn.ModuleList(nn.Linear(12, 2), nn.Linear(12, 2));
        private readonly Parameter scale = nn.Parameter(ones(2));

        public Block() : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = rest.call(nn.functional.relu(bn.call(conv.call(input)))).flatten(1);
            return ((heads[0].call(x) + heads[1].call(x)) * scale).MoveToOuterDisposeScope();
        }
    }
}
