using Trainer.Engine.Pictures;
using Trainer.Engine.Storage;
using Trainer.Recipes;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Privacy;

/// <summary>Asks a network about members and as many non-members, and separates them.</summary>
/// <param name="examples">The images.</param>
/// <param name="seed">Decides the halves of which one chooses thresholds, and the draws of the attack.</param>
public sealed class PrivacyAuditor(AuditedExamples examples, long seed)
{
    private const int MostExposed = 32;
    private const int SheetColumns = 16;
    private const string Thresholds =
        "for the balanced accuracy a threshold for each class, for AUC and TPR one for all";
    private static readonly double[] FalsePositiveRates = [0.001, 0.01];

    /// <summary>The methods; those that need shadow models are left out where there are none.</summary>
    public IReadOnlyList<PrivacyAttack> Methods { get; init; } = Enum.GetValues<PrivacyAttack>();

    /// <summary>
    /// Which of its run's checkpoints the target is, and each shadow model of its own: "best" or "latest"; null for
    /// neither.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>Takes the report before its files are written.</summary>
    public Action<PrivacyReport> Found { get; init; } = _ => { };

    /// <summary>Whether methods need shadow models.</summary>
    public static bool NeedsShadows(PrivacyAttack method) =>
        method is PrivacyAttack.LiraOnline or PrivacyAttack.LiraOffline or PrivacyAttack.Rmia;

    /// <summary>Runs the methods.</summary>
    /// <param name="target">The attacked network.</param>
    /// <param name="shadows">The shadow models; may be none.</param>
    /// <param name="weights">What the report calls the weights.</param>
    /// <param name="folder">Where audit.json, scores.csv and exposed.png go; replaced.</param>
    /// <exception cref="TrainerException">They cannot be written.</exception>
    public PrivacyReport Run(
        AuditedModel target, IReadOnlyList<AuditedModel> shadows, string weights, string folder)
    {
        var isMember = target.IsMember;
        var own = new ShadowSignals(target.Clean.Phi, isMember, target.Population);
        ShadowSignals[] models = [.. shadows.Select(shadow => new ShadowSignals(
            shadow.Clean.Phi, shadow.IsMember, shadow.Population))];
        var scored = Methods.Where(method => models.Length > 0 || !NeedsShadows(method))
            .Where(method => target.Attacked is not null || method != PrivacyAttack.AdversarialConfidence)
            .Select(method => (Method: method, Scores: Scores(method, own, models, target))).ToList();
        var methods = scored.ConvertAll(item => Describe(item.Method, item.Scores, isMember));
        var strongest = scored[methods.Index().MaxBy(item => item.Item.Auc).Index];
        int[] exposed = [.. Enumerable.Range(0, isMember.Length).Where(place => isMember[place])
            .OrderByDescending(place => strongest.Scores[place]).Take(MostExposed)];
        var report = new PrivacyReport(
            weights, examples.Fingerprint, examples.Members.Places.Length, examples.NonMembersAre, shadows.Count,
            target.AttackName,
            [
                .. new[] { ("clean", target.Clean), (target.AttackName ?? "", target.Attacked) }
                    .Where(item => item.Item2 is not null)
                    .Select(item => AuditedExamples.AccuracyOf(item.Item1, item.Item2!, isMember)),
            ],
            methods, Name(strongest.Method),
            [.. exposed.Select(place => new PrivacyReport.ExposedRow(
                examples.Rows[place], examples.Labels[place], strongest.Scores[place]))], Checkpoint);
        Found(report);
        ReportFile.WriteAll(folder, () =>
        {
            Directory.CreateDirectory(folder);
            report.Write(folder);
            AtomicFile.Write(Path.Combine(folder, PrivacyReport.ScoresName), PrivacyReport.Scores(
                [.. Enumerable.Range(0, isMember.Length).Select(place => (
                    examples.Rows[place], isMember[place] ? "member" : "non-member", examples.Labels[place]))],
                scored.ConvertAll(item => (Name(item.Method), item.Scores))));
            if (examples.Members.Data.Shape.Channels is 1 or 3)
                File.WriteAllBytes(Path.Combine(folder, PrivacyReport.SheetName), Sheet(exposed));
        });
        return report;
    }

    private static double[] Scores(
        PrivacyAttack method, ShadowSignals target, ShadowSignals[] shadows, AuditedModel model) => method switch
        {
            PrivacyAttack.Loss => Array.ConvertAll(target.Phi, phi => -LogitConfidence.Loss(phi)),
            PrivacyAttack.Confidence => target.Phi,
            PrivacyAttack.AdversarialConfidence => model.Attacked!.Phi,
            PrivacyAttack.LiraOnline => new LikelihoodRatio(shadows).Online(target.Phi),
            PrivacyAttack.LiraOffline => new LikelihoodRatio(shadows).Offline(target.Phi),
            PrivacyAttack.Rmia => RmiaScores(target, shadows),
            _ => throw Unknown(method),
        };

    private static double[] RmiaScores(ShadowSignals target, ShadowSignals[] shadows)
    {
        var attack = new Rmia(shadows);
        return attack.Scores(target, attack.ChooseA());
    }

    private PrivacyReport.Method Describe(PrivacyAttack method, double[] scores, bool[] isMember)
    {
        var curve = RocCurve.Of(scores, isMember);
        var (members, nonMembers) = BalancedAccuracy.Count(
            scores, isMember,
            method is PrivacyAttack.Confidence or PrivacyAttack.AdversarialConfidence ? examples.Labels : null,
            RandomKey.Of(seed).With("audit halves"));
        return new(
            Name(method), AttackerKnowledge(method), Detection.RankedScores.Auc(scores, isMember)!.Value,
            // Members and non-members are equally many.
            new(scores.Length, (double)(members + nonMembers) / scores.Length,
                RocCurve.Interval(members + nonMembers, scores.Length)),
            [.. FalsePositiveRates.Select(curve.At)], curve.Thinned());
    }

    /// <summary>The method's name on the command line.</summary>
    public static string Name(PrivacyAttack method) =>
        System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName($"{method}");

    private static string AttackerKnowledge(PrivacyAttack method) => method switch
    {
        PrivacyAttack.Loss => "image, label, the target's confidence in it; one threshold for all",
        PrivacyAttack.Confidence => $"image, label, the target's confidence in it; {Thresholds}",
        PrivacyAttack.AdversarialConfidence =>
            $"the same of adversarial images, made with the target's weights; {Thresholds}",
        PrivacyAttack.LiraOnline => "recipe and data; shadow models with the image and without it",
        PrivacyAttack.LiraOffline => "recipe and data; shadow models without the image",
        PrivacyAttack.Rmia => "recipe and data; shadow models without the image, and images that no model has seen",
        _ => throw Unknown(method),
    };

    private static ArgumentOutOfRangeException Unknown(PrivacyAttack method) =>
        new(nameof(method), method, "Not a method of membership inference.");

    private byte[] Sheet(int[] exposed)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var data = examples.Members.Data;
        var places = Array.ConvertAll(exposed, place => examples.Members.Places[place]);
        var images = data.Batch(tensor(places, device: data.Device)).Images.cpu();
        return Png.Encode(ContactSheet.Of(images, Math.Min(SheetColumns, places.Length)));
    }
}
