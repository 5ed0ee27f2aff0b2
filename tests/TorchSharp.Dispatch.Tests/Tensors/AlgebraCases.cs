using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

internal static class AlgebraCases
{
    public static Dictionary<string, Func<Func<string, Tensor>, object>> All { get; } = new()
    {
        ["einsum"] = t => einsum("bij,bjk->bki", t("batch"), t("batch2")),
        ["addmm"] = t => addmm(t("m"), t("square"), t("m"), 0.5f, 2),
        ["baddbmm"] = t => baddbmm(ones(2, 3, 3), t("batch"), t("batch2"), beta: 2),
        ["matmul with broadcasting"] = t => t("batch").matmul(t("m").t()),
        ["tensordot"] = t => t("batch").tensordot(t("batch2"), [0, 2], [0, 1]),
        ["matrix_power"] = t => t("square").matrix_power(3),
        ["cdist"] = t => cdist(t("a"), t("b")),
        ["linalg norm"] = t => linalg.norm(t("a")),
        ["linalg inf-norm along"] = t => linalg.norm(t("a"), double.PositiveInfinity, [1]),
        ["linalg nuc"] = t => linalg.norm(t("a"), "nuc"),
        ["vector_norm"] = t => linalg.vector_norm(t("cube"), 3, [1, 2], true),
        ["matrix_norm"] = t => linalg.matrix_norm(t("cube")),
        ["inv"] = t => linalg.inv(t("definite")),
        ["pinv"] = t => linalg.pinv(t("m")),
        ["slogdet"] = t => linalg.slogdet(t("square")),
        ["linalg cholesky"] = t => linalg.cholesky(t("definite")),
        ["solve"] = t => linalg.solve(t("definite"), t("m")),
        ["svd values"] = t => linalg.svdvals(t("m")),
        ["svd, multiplied out"] = t =>
        {
            var (u, s, vh) = linalg.svd(t("m"), fullMatrices: false);
            return u.matmul(s.diag()).matmul(vh);
        },
        ["qr, multiplied out"] = t =>
        {
            var (q, r) = linalg.qr(t("m"));
            return q.mm(r);
        },
        ["eigh, multiplied out"] = t =>
        {
            var (values, vectors) = linalg.eigh(t("definite"));
            return vectors.matmul(values.diag()).matmul(vectors.t());
        },
        ["eigenvalues"] = t => linalg.eigvalsh(t("definite")),
        ["matrix_rank"] = t => linalg.matrix_rank(t("m")),
    };
}
