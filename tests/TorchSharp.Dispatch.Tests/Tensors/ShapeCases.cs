using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

internal static class ShapeCases
{
    public static Dictionary<string, Func<Func<string, Tensor>, object>> All { get; } = new()
    {
        ["view"] = t => t("cube").view(6, -1),
        ["reshape"] = t => t("cube").transpose(0, 1).reshape(3, 8),
        ["permute"] = t => t("cube").permute(2, 0, 1) * 2,
        ["transpose"] = t => t("cube").transpose(0, 2),
        ["movedim"] = t => movedim(t("cube"), 0, 2),
        ["flatten from 1"] = t => t("cube").flatten(1),
        ["unflatten"] = t => t("cube").unflatten(2, 2, 2),
        ["squeeze"] = t => t("column").squeeze(1),
        ["unsqueeze"] = t => t("a").unsqueeze(1),
        ["expand"] = t => t("row").expand(2, 3),
        ["expand with -1"] = t => t("column").expand(-1, 4),
        ["broadcast_to"] = t => t("row").broadcast_to(4, 3),
        ["repeat"] = t => t("a").repeat(2, 1),
        ["repeat_interleave"] = t => t("a").repeat_interleave(2, 1),
        ["tile"] = t => t("row").tile([2, 2]),
        ["flip"] = t => t("cube").flip(0, 2),
        ["roll"] = t => t("a").roll(1, 1),
        ["roll of all"] = t => t("a").roll(2),
        ["rot90"] = t => t("a").rot90(1, (0, 1)),
        ["narrow"] = t => t("cube").narrow(2, 1, 2),
        ["split"] = t => t("cube").split(2, 1),
        ["split by sizes"] = t => t("cube").split([1, 3], 2),
        ["chunk"] = t => t("cube").chunk(3, 1),
        ["unbind"] = t => t("a").unbind(1),
        ["unfold"] = t => t("v").unfold(0, 2, 1),
        ["as_strided"] = t => t("a").as_strided([2, 2], [1, 2], 1),
        ["diagonal"] = t => t("cube").diagonal(1, 1, 2),
        ["diag_embed"] = t => t("v").diag_embed(),
        ["tril below"] = t => t("square").tril(-1),
        ["triu above"] = t => triu(t("square"), 1),
        ["channels last and back"] = t => t("image").permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) + 1,
        ["cat"] = t => cat([t("a"), t("b")], 1),
        ["stack"] = t => stack([t("a"), t("b")], 1),
        ["hstack"] = t => hstack(t("a"), t("column")),
        ["vstack"] = t => vstack([t("a"), t("row")]),
        ["meshgrid"] = t => meshgrid([t("v"), t("row")]),
        ["zeros"] = _ => zeros(2, 3),
        ["ones of int32"] = _ => ones(2, 1, ScalarType.Int32),
        ["full of ints"] = _ => full(2, 2, 7),
        ["full of floats"] = _ => full([2], 0.5),
        ["full of bools"] = _ => full([2], true, ScalarType.Bool),
        ["eye"] = _ => eye(2, 3),
        ["arange of ints"] = _ => arange(5),
        ["arange of floats"] = _ => arange(1, 2, 0.25),
        ["linspace"] = _ => linspace(-1, 1, 5),
        ["logspace"] = _ => logspace(0, 2, 3),
        ["zeros_like of another type"] = t => zeros_like(t("a"), ScalarType.Int64),
        ["full_like"] = t => t("bytes").full_like(9),
        ["tril_indices"] = _ => tril_indices(3, 3, -1),
        ["rand"] = _ => rand(2, 3, generator: Seven()),
        ["randn"] = _ => randn(20, generator: Seven()),
        ["randint"] = _ => randint(-3, 9, [5L], generator: Seven()),
        ["randperm"] = _ => randperm(9, generator: Seven()),
        ["uniform_"] = _ => empty(4).uniform_(-2, 3, Seven()),
        ["normal_"] = _ => empty(17).normal_(1, 0.5, Seven()),
        ["bernoulli_"] = _ => empty(9).bernoulli_(0.3, Seven()),
        ["random_"] = _ => empty(6).random_(2, 8, Seven()),
        ["exponential_"] = _ => empty(4).exponential_(2, Seven()),
        ["bernoulli of probabilities"] = t => bernoulli(t("unit").abs(), Seven()),
        ["multinomial"] = t => multinomial(t("positive"), 2, false, Seven()),
        ["global generator"] = _ =>
        {
            manual_seed(11).Dispose();
            return rand(3);
        },
    };

    private static Generator Seven() => new(7);
}
