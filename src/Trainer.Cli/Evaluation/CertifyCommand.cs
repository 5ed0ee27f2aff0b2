using System.CommandLine;
using System.Globalization;
using Trainer.Cli.Options;
using Trainer.Engine.Evaluation.Certification;
using Trainer.Recipes;
using Trainer.Recipes.Parsing;
using Trainer.Robustness.Smoothing;

namespace Trainer.Cli.Evaluation;

/// <summary>trainer certify: certifies the smoothed network of test images by randomised smoothing.</summary>
internal static class CertifyCommand
{
    private const int DefaultEvery = 20;

    public static Command Create()
    {
        var sigma = NumberOption.Create("--sigma", number => number > 0, "a number above 0",
            "The standard deviation of the noise, in image units. Required.");
        var n0 = CountOption.Create("--n0", 1, "The draws that select an image's class; by default 100.");
        var n = CountOption.Create("--n", 1, "The draws that its radius is estimated from; by default 100000.");
        var alpha = NumberOption.Create("--alpha", number => number is >= 1e-9 and <= 0.5, "a number from 1e-9 to 0.5",
            "The probability with which the certificate of an image may be wrong; by default 0.001.");
        var examples = CountOption.Create("--examples", 1, "Certify the first so many test images.");
        var every = CountOption.Create(
            "--every", 1, "Certify one test image in so many, from the first; by default one in 20.");
        var stopEarly = new Option<bool>("--stop-early")
        {
            Description = "An image takes no further draws once they cannot change its certificate for its true class. "
                + "Radii and certified accuracy are the same: α is spent once, on the bound of all n draws.",
        };
        var attack = new Option<string?>("--attack")
        {
            Description = "Also attacks the smoothed network under the threat model: an attack's name, or its JSON "
                + "such as {\"type\":\"pgd\",\"steps\":20}.",
            HelpName = "name|json",
        };
        var draws = CountOption.Create(
            "--attack-draws", 1, "The draws whose mean prediction is attacked; by default 16.");
        var predictions = CountOption.Create(
            "--predict-n", 1, "The draws of each verdict on an adversarial image; by default 10000.");
        var processes = JoinedProcesses.Option();
        var shared = new WeightsOptions("from which a stopped certification resumes");
        var command = shared.Command(
            "certify", "Certifies robustness in L2: smooths the network by noise, and bounds the probability of each "
            + "image's class.", sigma, n0, n, alpha, examples, every, stopEarly, attack, draws, predictions, processes);
        command.SetAction(parsed => JoinedProcesses.Run(parsed.GetValue(processes), joined =>
        {
            if (parsed.GetValue(examples) is not null && parsed.GetValue(every) is not null)
                throw Mistake("--examples and --every both choose the test images. Leave one of them out.");
            if (parsed.GetValue(attack) is null)
                UnusedOptions.Refuse(
                    parsed, "a certification without --attack", [draws, predictions, shared.Threat]);
            var usual = new SmoothingOptions
            {
                Sigma = parsed.GetValue(sigma) ?? throw Mistake("--sigma is missing: certify needs the standard "
                    + "deviation of the noise. Add the one that the network was trained with, such as --sigma 0.25."),
            };
            var smoothing = usual with
            {
                N0 = parsed.GetValue(n0) ?? usual.N0,
                N = parsed.GetValue(n) ?? usual.N,
                Alpha = parsed.GetValue(alpha) ?? usual.Alpha,
            };
            RequireCertifying(smoothing);
            IReadOnlyList<OptionValue> options = parsed.GetValue(attack) is { } named
                ? [EvaluatedRecipe.AttackOption(named)] : [];
            var stated = shared.Read(parsed, joined.IsFirst, options, needsThreat: options.Count > 0);
            return new CertificationRun(stated)
            {
                Processes = joined,
                Smoothing = smoothing,
                Examples = parsed.GetValue(examples),
                Every = parsed.GetValue(examples) is null ? parsed.GetValue(every) ?? DefaultEvery : 1,
                StopEarly = parsed.GetValue(stopEarly),
                Attack = options.Count == 0 ? null : Limited(
                    new(stated.Plan.Evaluate.Final[0].Attack, stated.Plan.Threat), parsed.GetValue(draws),
                    parsed.GetValue(predictions)),
            }.Run();
        }));
        return command;
    }

    /// <summary>Refuses an n whose bound, α^(1/n) where all draws agree, is not above one half.</summary>
    private static void RequireCertifying(SmoothingOptions smoothing)
    {
        var least = (int)Math.Floor(-Math.Log2(smoothing.Alpha)) + 1;
        if (smoothing.N < least)
        {
            throw Mistake(string.Create(
                CultureInfo.InvariantCulture, $"--n: found {smoothing.N}; at α {smoothing.Alpha}, n must be at least "
                + $"{least}: fewer draws certify nothing, even where all agree."));
        }
    }

    private static TrainerException Mistake(string message) => new(ErrorKind.Recipe, message);

    private static SmoothedAttack Limited(SmoothedAttack attack, int? draws, int? predictions)
    {
        if (!attack.Attack.NeedsGradients)
        {
            throw Mistake($"--attack: {attack.Attack.Name} uses no gradients, and the "
                + "smoothed network is attacked by the gradient of its mean prediction. Name another, such as pgd.");
        }
        return attack with { Draws = draws ?? attack.Draws, PredictionDraws = predictions ?? attack.PredictionDraws };
    }
}
