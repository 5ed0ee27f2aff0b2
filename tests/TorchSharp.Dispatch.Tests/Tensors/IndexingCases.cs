using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

internal static class IndexingCases
{
    public static Dictionary<string, Func<Func<string, Tensor>, object>> All { get; } = new()
    {
        ["select"] = t => t("cube").select(1, 2),
        ["slice"] = t => t("cube")[TensorIndex.Colon, TensorIndex.Slice(0, 3, 2)],
        ["integer"] = t => t("cube")[1, 2],
        ["negative integer"] = t => t("cube")[-1, TensorIndex.Colon, ^2],
        ["ellipsis"] = t => t("cube")[TensorIndex.Ellipsis, 1],
        ["range"] = t => t("cube")[0, 1.., ..^1],
        ["new dimension"] = t => t("a")[TensorIndex.Colon, TensorIndex.None, 1],
        ["mask"] = t => t("a")[t("mask")],
        ["index tensor"] = t => t("cube")[TensorIndex.Colon, TensorIndex.Tensor(t("picks"))],
        ["two index tensors"] = t => t("cube")[TensorIndex.Tensor(t("picks") - 1), TensorIndex.Colon, TensorIndex.Tensor(t("picks"))],
        ["gather"] = t => t("a").gather(1, t("index")),
        ["scatter"] = t => t("a").scatter(1, t("index"), t("b")),
        ["scatter_add"] = t => scatter_add(t("a"), 1, t("index"), t("b")),
        ["index_select"] = t => t("cube").index_select(1, t("picks")),
        ["index_add"] = t => t("a").index_add(1, t("picks"), t("column").repeat(1, 2), 2),
        ["index_copy"] = t => t("a").index_copy(1, t("picks"), t("column").repeat(1, 2)),
        ["index_fill"] = t => t("a").index_fill(1, t("picks"), 4),
        ["masked_fill"] = t => t("a").masked_fill(t("mask"), -3),
        ["masked_scatter"] = t => t("a").masked_scatter(t("mask"), t("row")),
        ["take_along_dim"] = t => t("a").take_along_dim(t("index"), 1),
        ["assignment to a slice"] = t =>
        {
            var copy = t("a").clone();
            copy[.., 1] = t("column").squeeze(1);
            return copy;
        },
        ["assignment of a number"] = t =>
        {
            var copy = t("a").clone();
            copy[1] = 7f;
            return copy;
        },
        ["assignment to a mask"] = t =>
        {
            var copy = t("a").clone();
            copy[t("mask")] = -1f;
            return copy;
        },
        ["index_put_ with accumulation"] = t => zeros(3).index_put_(t("v"), [tensor(new long[] { 1, 1, 2 })], true),
    };
}
