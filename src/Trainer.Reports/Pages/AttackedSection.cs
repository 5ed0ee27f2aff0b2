using System.Globalization;
using Trainer.Reports.Examinations;
using Trainer.Reports.Markup;

namespace Trainer.Reports.Pages;

/// <summary>What the attack did: which classes it makes of which, and single examples.</summary>
internal static class AttackedSection
{
    private const int MostClasses = 20;
    private const int MostMistakes = 12;

    public static Html Of(RunRecord run) => run.Examination is { Attacked: { } attacked, ClassNames: var names }
        ? Html.Of($"{Confusions(attacked, names, Format.Threat(run.Recipe))}{Pictures(attacked, names)}") : Html.Empty;

    private static Html Confusions(AttackedExamples attacked, IReadOnlyList<string> names, string threat) => Html.Of($"""
        <h3>Confusion before and after the attack</h3>
        <p>{Format.Count(attacked.Examples)} test images before and after {attacked.Attack} in {threat}. A row is the true class, a column the predicted one; images that were mistaken when clean were not attacked, and are counted as they were.</p>
        {(names.Count <= MostClasses
            ? Html.Of($"""<div class="confusions"><div class="wide">{Matrix("Clean", attacked.Before, names)}</div><div class="wide">{Matrix($"After {attacked.Attack}", attacked.After, names)}</div></div>""")
            : Html.Of($"""<div class="charts"><div class="wide">{Mistakes("Clean", attacked.Before, names)}</div><div class="wide">{Mistakes($"After {attacked.Attack}", attacked.After, names)}</div></div>"""))}

        """);

    private static Html Matrix(string title, Confusion confusion, IReadOnlyList<string> names) => Html.Of($"""
        <table class="confusion"><caption>{title}</caption>
        <thead><tr><td></td>{names.Select(name => Html.Of($"""<th scope="col"><span>{name}</span></th>"""))}</tr></thead>
        <tbody>
        {confusion.Counts.Select((row, truth) => Html.Of($"""
            <tr><th scope="row">{names[truth]}</th>{row.Select(
            (count, predicted) => Cell(count, row.Sum(), truth == predicted))}</tr>

            """))}</tbody></table>
        """);

    private static Html Cell(int count, int total, bool right) => count == 0
        ? Html.Of($"<td></td>")
        : Html.Of($"""<td class="{(right ? "right" : "wrong")}" style="--v:{((double)count / total).ToString("0.##", CultureInfo.InvariantCulture)}">{count}</td>""");

    private static Html Mistakes(string title, Confusion confusion, IReadOnlyList<string> names) => Html.Of($"""
        <table><caption>{title}: the commonest mistakes</caption>
        <thead><tr><th scope="col">class</th><th scope="col">taken for</th><th class="n" scope="col">images</th></tr></thead>
        <tbody>
        {confusion.Mistakes().Take(MostMistakes).Select(mistake => Html.Of($"""
            <tr><td>{names[mistake.Class]}</td><td>{names[mistake.TakenFor]}</td><td class="n">{mistake.Count}</td></tr>

            """))}</tbody></table>
        """);

    private static Html Pictures(AttackedExamples attacked, IReadOnlyList<string> names) => attacked.Pictures.Count == 0 ? Html.Empty : Html.Of($"""
        <h3>Examples</h3>
        <p>Images that were recognised and that {attacked.Attack} broke, the first of each class in the order of the test set, then the next: clean, attacked, and the perturbation around grey, {attacked.Magnification.ToString("0.#", CultureInfo.InvariantCulture)} times enlarged.</p>
        <div class="pictures">
        {attacked.Pictures.Select(picture => Picture(picture, names, several: picture.BrokenBy != attacked.Attack))}</div>

        """);

    private static Html Picture(ExamplePicture picture, IReadOnlyList<string> names, bool several)
    {
        var (truth, taken) = (names[picture.Label], names[picture.TakenFor]);
        return Html.Of($"""
            <figure><div class="triple"><img alt="{truth}, clean" src="data:image/png;base64,{picture.Clean}"/><img alt="the same, predicted as {taken}" src="data:image/png;base64,{picture.Adversarial}"/><img alt="the perturbation" src="data:image/png;base64,{picture.Perturbation}"/></div>
            <figcaption>{truth} → <strong>{taken}</strong><small>test image {Format.Count(picture.Index)} · {(several ? $"{picture.BrokenBy} · " : "")}L∞ {Format.Number(Math.Round(picture.Linf, 4))} · L2 {Format.Number(Math.Round(picture.L2, 2))}</small></figcaption></figure>

            """);
    }
}
