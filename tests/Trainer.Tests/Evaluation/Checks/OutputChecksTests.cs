using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Checks;
using Trainer.Engine.Training;
using Trainer.Robustness;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation.Checks;

/// <summary>The masking checks of what a network returns.</summary>
public sealed class OutputChecksTests : IDisposable
{
    private const int Classes = 4;

    private const int Examples = 40;

    private static readonly BatchWorkers Alone = new(CPU, threads: 1);

    private static readonly Recipe Recipe = TinyRun.Recipe(("threat.epsilon", 0.2)).Value;

    private readonly ImageData images = Patterns.Images(Examples);

    private readonly TinyNetwork honest = Patterns.Network();

    public void Dispose()
    {
        images.Dispose();
        honest.Dispose();
    }

    [Fact]
    public void Noise_at_inference_is_flagged()
    {
        var results = Run(input => honest.call(input + 0.1 * randn_like(input))).Take(3).ToList();
        Assert.Equal(
            ("randomness", CheckVerdict.Flagged, "autoattack-rand"),
            (results[0].Name, results[0].Verdict, results[0].Recommends));
        // What the noise changes is not taken for autograd's doing.
        Assert.Equal(("autograd-in-forward", CheckVerdict.Passed), (results[2].Name, results[2].Verdict));
    }

    [Fact]
    public void Noise_that_changes_a_class_counts_as_one_however_small_it_is()
    {
        // Two classes lead by as much as the noise, a thousandth of the logits.
        var result = Run(input => tensor([1f, 1f, 0f, 0f]).expand(input.shape[0], 4) + 1e-3 * rand(input.shape[0], 4))
            .First();
        Assert.Equal(("randomness", 1.0), (result.Name, result.Value));
    }

    [Fact]
    public void A_network_is_checked_in_evaluation_mode_and_left_in_its_own()
    {
        using var network = nn.Sequential(nn.Dropout(0.5), Patterns.Network());
        using var classifier = new Classifier(network, Classes);
        network.train();
        var results = MaskingChecks.Run(classifier, Recipe.EvaluationPlan.WithChecks(Examples), images, "data", Alone)
            .ToList();
        Assert.Equal((CheckVerdict.Passed, 0), (results[0].Verdict, results[0].Value));
        Assert.True(network.training);
    }

    [Fact]
    public void Probabilities_for_outputs_are_flagged() =>
        Assert.Equal(
        "apgd-t", Flagged(input => nn.functional.softmax(honest.call(input), 1), "probabilities").Recommends);

    [Fact]
    public void Outputs_below_zero_are_no_probabilities_whatever_they_add_up_to()
    {
        var result = Run(input => honest.call(input) - honest.call(input).sum(1, keepdim: true) / 4 + 0.25)
            .First(result => result.Name == "probabilities");
        Assert.Equal(CheckVerdict.Passed, result.Verdict);
    }

    [Fact]
    public void A_forward_pass_that_calls_autograd_is_flagged()
    {
        using var network = new MaskedNetwork(Purify);
        network.register_module("honest", honest);
        using var classifier = new Classifier(network, Classes);
        var flag = MaskingChecks.Run(classifier, Recipe.EvaluationPlan.WithChecks(Examples), images, "data", Alone)
            .First(result => result.Name == "autograd-in-forward");
        Assert.Equal(CheckVerdict.Flagged, flag.Verdict);
        Assert.Equal(1, flag.Value);
        Assert.Equal("square", flag.Recommends);

        Tensor Purify(Tensor input)
        {
            using var enabled = enable_grad();
            var own = input.detach().requires_grad_();
            var gradient = autograd.grad([honest.call(own).amax(1).sum()], [own])[0];
            return honest.call(input + 0.05 * gradient.sign());
        }
    }

    private IEnumerable<CheckResult> Run(Func<Tensor, Tensor> forward, int examples = Examples)
    {
        using var network = new MaskedNetwork(forward);
        using var classifier = new Classifier(network, Classes);
        foreach (var result in MaskingChecks.Run(classifier, Recipe.EvaluationPlan.WithChecks(examples), images, "data",
            Alone))
            yield return result;
    }

    private CheckResult Flagged(Func<Tensor, Tensor> forward, string name, int examples = Examples)
    {
        var result = Run(forward, examples).First(result => result.Name == name);
        Assert.True(result.Verdict == CheckVerdict.Flagged, result.ToString());
        return result;
    }
}
