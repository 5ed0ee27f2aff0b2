using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

internal static class ArithmeticCases
{
    public static Dictionary<string, Func<Func<string, Tensor>, object>> All { get; } = new()
    {
        ["operators"] = t => (t("a") + t("b")) * t("a") - t("b") / (t("a") * t("a") + 1) + (-t("a")) % 1.5,
        ["numbers on the left"] = t => 3 - t("positive") + 2 * t("positive") + 1.5 / t("positive"),
        ["broadcast"] = t => t("a") * t("row") + t("column"),
        ["comparison with a number"] = t => (t("a") > 0) & (t("a") <= 1.5) | (t("a") == t("a").alias()) ^ (t("a") != t("a").alias()),
        ["not"] = t => ~t("mask"),
        ["float32 and float64"] = t => t("a") + t("double"),
        ["float32 and int64"] = t => t("a") * t("ints"),
        ["uint8 and int32"] = t => t("bytes") + t("small"),
        ["uint8 wraps"] = t => t("bytes") + t("bytes"),
        ["uint8 and a float"] = t => t("bytes") / 255.0,
        ["int64 divided"] = t => t("ints") / t("other"),
        ["int64 and a float"] = t => t("ints") * 0.5,
        ["bool and int64"] = t => t("mask") + t("ints"),
        ["bfloat16"] = t => t("brain") * t("brain") + t("brain"),
        ["bfloat16 and float32"] = t => t("brain") + t("a"),
        ["bfloat16 matrix product"] = t => t("brain").matmul(t("brain").t()),
        ["float16 and a number"] = t => t("half") * 2 + 1,
        ["to bfloat16"] = t => t("a").bfloat16(),
        ["bfloat16 to float64"] = t => t("brain").@double(),
        ["to int64"] = t => t("a").@long(),
        ["to uint8"] = t => t("positive").@byte(),
        ["to bool"] = t => t("ints").@bool(),
        ["add with alpha"] = t => t("a").add(t("b"), 0.25),
        ["add a number with alpha"] = t => add(t("a"), 3, 0.5),
        ["division by trunc"] = t => div(t("ints"), t("other"), RoundingMode.trunc),
        ["division by floor"] = t => t("a").div(t("b"), RoundingMode.floor),
        ["power of a number"] = t => t("a").pow(3),
        ["round"] = t => t("a").round(),
        ["round to decimals"] = t => t("a").round(1),
        ["clamp"] = t => t("a").clamp(-1, 0.8),
        ["clamp from below"] = t => t("a").clamp(min: -0.5),
        ["clamp by tensors"] = t => clamp(t("a"), t("unit"), t("above")),
        ["clamp_max"] = t => t("a").clamp_max(0.4),
        ["lerp"] = t => lerp(t("a"), t("b"), t("unit")),
        ["addcmul"] = t => t("a").addcmul(t("b"), t("unit"), 0.5),
        ["addcdiv"] = t => addcdiv(t("a"), t("b"), t("positive"), -2),
        ["nan_to_num"] = t => t("holes").nan_to_num(1, 2, 3),
        ["logit"] = t => t("unit").abs().logit(0.2),
        ["where"] = t => where(t("mask"), t("a"), t("b")),
        ["in place"] = t => t("a").clone().mul_(2).add_(t("b")).sub_(0.5).div_(3).clamp_(-1, 1),
        ["in place, by alpha"] = t => t("a").clone().add_(t("b"), -0.1),
        ["in place under a view"] = t =>
        {
            var copy = t("a").clone();
            copy[0].mul_(t("row"));
            return copy;
        },
        ["fill_ and zero_"] = t => cat([t("a").clone().fill_(3), t("a").clone().zero_()]),
        ["copy_ with broadcasting and a cast"] = t => empty_like(t("double")).copy_(t("row")),
        ["masked_fill_"] = t => t("a").clone().masked_fill_(t("mask"), 9),
        ["unsqueeze_ and transpose_"] = t => t("a").clone().unsqueeze_(0).transpose_(0, 2),
        ["softmax"] = t => t("scores").softmax(1),
        ["log_softmax"] = t => t("scores").log_softmax(1),
        ["softmax of bfloat16 in float32"] = t => softmax(t("brain"), 1, ScalarType.Float32),
        ["leaky_relu"] = t => t("a").leaky_relu(0.2),
        ["hardtanh"] = t => t("a").hardtanh(-0.5, 1),
        ["elu"] = t => t("a").elu(0.7),
        ["glu"] = t => t("cube").glu(2),
    };
}
