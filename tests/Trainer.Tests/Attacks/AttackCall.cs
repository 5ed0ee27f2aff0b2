using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Attacks;

/// <summary>What an attack is called with.</summary>
internal sealed record AttackCall(
    Classifier Classifier, Tensor Images, AttackLoss Loss, ThreatModel Threat, RandomSource Random)
{
    public const int Classes = 4;

    /// <summary>Four classes, of which class 0 leads over class 1 by 0.05 at the grey image.</summary>
    public static TinyNetwork Network(float bias = -1) =>
        new(new float[,] { { 0, 0, 0, 0 }, { 1, -1, 1, -1 }, { 0.1f, 0, 0, 0 }, { 0, 0.1f, 0, 0 } },
        [0.05f, 0, bias, -2]);

    /// <summary>Two grey images, of which the network has the first right.</summary>
    public static AttackCall Sound(TinyNetwork network) => new(
        network.Classifier, full([2, 1, 2, 2], 0.5f), new MarginLoss(tensor([0L, 1])),
        new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForExamples(RandomKey.Of(5), [0, 1]));

    public void Perturb(IAttack attack) => attack.Perturb(Classifier, Images, Loss, Threat, Random);

    public void Run(IAttack attack) => attack.Run(Classifier, Images, Loss, Threat, Random);
}
