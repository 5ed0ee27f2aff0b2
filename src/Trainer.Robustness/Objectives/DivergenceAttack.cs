using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;

namespace Trainer.Robustness.Objectives;

/// <summary>Attacks that maximise the divergence KL(p(x) ‖ p(x_adv)), as TRADES and its successors do.</summary>
internal static class DivergenceAttack
{
    /// <summary>The attack, where it can maximise the divergence.</summary>
    /// <exception cref="ArgumentException">It starts at the image, where the divergence has no gradient.</exception>
    public static IAttack Require(IAttack attack) => attack.Loss is null && StartsAtImage(attack)
        ? throw new ArgumentException(
            "Found an attack that starts at the image, where the divergence has no gradient, expected a start "
            + "beside it: \"gaussianStart\": 0.001 as in the paper.",
            nameof(attack))
        : attack;

    /// <summary>The adversarial images of a batch; the clean probabilities are computed once.</summary>
    /// <returns>Detached float32 [N, C, H, W].</returns>
    public static Tensor Run(TrainingBatch batch, IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var natural = batch.AttackNetwork.Logits(batch.Images).log_softmax(1);
        return batch.Attack(attack, new KlLoss(batch.Labels, natural)).MoveToOuterDisposeScope();
    }

    private static bool StartsAtImage(IAttack attack) => attack switch
    {
        Pgd { RandomStart: false, GaussianStart: null or 0 } or PgdAdam { RandomStart: false } or Fgsm or Bim or Mim
            or ApgdTrain => true,
        Eot averaged => StartsAtImage(averaged.Attack),
        _ => false,
    };
}
