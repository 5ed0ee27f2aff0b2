using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

internal static class ReductionCases
{
    public static Dictionary<string, Func<Func<string, Tensor>, object>> All { get; } = new()
    {
        ["sum over one dimension"] = t => t("cube").sum(1),
        ["sum over two, kept"] = t => t("cube").sum([0, 2], keepdim: true),
        ["sum to float64"] = t => sum(t("a"), ScalarType.Float64),
        ["sum of bools"] = t => t("mask").sum(),
        ["mean over dimensions"] = t => t("cube").mean([1, 2]),
        ["prod over one dimension"] = t => t("cube").prod(2),
        ["std over one dimension"] = t => t("cube").std(1),
        ["biased std"] = t => t("a").std(false),
        ["var over dimensions, kept"] = t => t("cube").var([0, 2], unbiased: false, keepdim: true),
        ["var_mean"] = t => var_mean(t("cube"), 2),
        ["max along"] = t => t("cube").max(1),
        ["min along, kept"] = t => min(t("cube"), 2, true),
        ["amax"] = t => t("cube").amax(1, 2),
        ["amin, kept"] = t => t("cube").amin([0], keepdim: true),
        ["aminmax"] = t => t("ints").aminmax(),
        ["argmax along"] = t => t("cube").argmax(1),
        ["argmin along, kept"] = t => t("cube").argmin(2, true),
        ["all along"] = t => t("mask").all(0),
        ["any along"] = t => any(t("mask"), 1),
        ["cumsum"] = t => t("cube").cumsum(1),
        ["cumprod"] = t => t("cube").cumprod(2),
        ["cummax"] = t => t("cube").cummax(2),
        ["logsumexp"] = t => t("cube").logsumexp(1),
        ["logcumsumexp"] = t => t("a").logcumsumexp(1),
        ["1-norm"] = t => t("a").norm(1f),
        ["norm along"] = t => t("cube").norm(1, true),
        ["count_nonzero"] = t => (t("ints") - 7).count_nonzero(),
        ["quantile"] = t => t("a").quantile(t("unit").abs().flatten(), 1),
        ["bincount"] = t => t("counts").bincount(null, 6),
        ["histc"] = t => t("a").histc(4, -2, 2),
        ["diff"] = t => t("cube").diff(dim: 1),
        ["unique"] = t => t("counts").unique(return_inverse: true, return_counts: true),
        ["cov"] = t => t("a").cov(),
        ["sort"] = t => t("cube").sort(1),
        ["sort, descending"] = t => sort(t("cube"), 2, true),
        ["argsort"] = t => t("a").argsort(1, true),
        ["topk"] = t => t("scores").topk(2, 1),
        ["smallest, along 0"] = t => t("scores").topk(1, 0, largest: false),
        ["kthvalue"] = t => t("scores").kthvalue(2, 1),
        ["mode"] = t => t("counts").mode(0),
        ["searchsorted"] = t => searchsorted(tensor(new[] { -1f, 0f, 1f }), t("a")),
        ["bucketize"] = t => t("a").bucketize(tensor(new[] { -1f, 0f, 1f }), right: true),
        ["isin"] = t => isin(t("ints"), tensor(new long[] { 7, 9 })),
    };
}
