using Trainer.Robustness.Losses;

namespace Trainer.Tests.Attacks;

public sealed class KlLossTests
{
    // Probabilities 1/2, 1/4, 1/4 against 1/4, 1/4, 1/2; and the prediction itself.
    private static readonly float[,] Logits = { { 0, 0, Ln2 }, { 1, 2, 3 } };
    private static readonly float[,] Given = { { Ln2, 0, 0 }, { 1, 2, 3 } };
    private const float Ln2 = 0.6931472f;

    [Fact]
    public void It_is_the_divergence_of_the_prediction_from_what_is_given()
    {
        using var scope = NewDisposeScope();
        var loss = new KlLoss(tensor([0L, 1L]), tensor(Given).log_softmax(1));
        // 1/2 · ln 2 + 0 + 1/4 · ln 1/2.
        TensorAssert.Close(tensor([0.25f * Ln2, 0f]), loss.PerExample(tensor(Logits)), 1e-6);
        TensorAssert.Close(
            tensor([0f, 0.25f * Ln2]), loss.Select(tensor([1L, 0L])).PerExample(tensor(Logits).flip(0)), 1e-6);
    }

    [Fact]
    public void Probabilities_in_double_precision_are_checked_too()
    {
        using var scope = NewDisposeScope();
        var given = tensor(Given).to(ScalarType.Float64).log_softmax(1);
        new KlLoss(tensor([0L, 1L]), given).Check(2, 3);
        Assert.Throws<ArgumentException>(() => new KlLoss(tensor([0L, 1L]), given + 1).Check(2, 3));
    }

    [Fact]
    public void Its_gradient_is_the_difference_of_probabilities()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(Logits).requires_grad_();
        new KlLoss(tensor([0L, 1L]), tensor(Given).log_softmax(1)).PerExample(logits).sum().backward();
        TensorAssert.Close(tensor(new[,] { { -0.25f, 0f, 0.25f }, { 0f, 0f, 0f } }), logits.grad!, 1e-6);
    }

    [Fact]
    public void A_probability_that_vanishes_leaves_gradients_finite_on_both_sides()
    {
        using var scope = NewDisposeScope();
        var clean = tensor(new[,] { { 300f, 0f } }).requires_grad_();
        var adversarial = tensor(new[,] { { 0f, 300f } }).requires_grad_();
        new KlLoss(tensor([0L]), clean.log_softmax(1)).PerExample(adversarial).sum().backward();
        TensorAssert.Close(tensor(new[,] { { -1f, 1f } }), adversarial.grad!, 1e-6);
        TensorAssert.Close(zeros(1, 2), clean.grad!, 1e-6);
    }
}
