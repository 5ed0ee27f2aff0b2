using Trainer.Robustness.Losses;

namespace Trainer.Tests.Attacks;

public sealed class AttackLossTests
{
    [Fact]
    public void The_margin_is_the_largest_other_logit_less_the_true_one()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[,] { { 1, 4, 2 }, { 3, -1, 2.5f } });
        var loss = new MarginLoss(tensor([1L, 2L]));
        TensorAssert.Close(tensor([-2f, 0.5f]), loss.PerExample(logits), 1e-7);
        TensorAssert.Close(tensor([0.5f]), loss.Select(tensor([1L])).PerExample(logits[1].unsqueeze(0)), 1e-7);
    }

    [Fact]
    public void The_cross_entropy_is_the_negative_log_probability()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[,] { { 0, MathF.Log(3) } });
        TensorAssert.Close(tensor([MathF.Log(4)]), new CrossEntropyLoss(tensor([0L])).PerExample(logits), 1e-6);
        TensorAssert.Close(tensor([MathF.Log(4f / 3)]), new CrossEntropyLoss(tensor([1L])).PerExample(logits), 1e-6);
    }

    [Fact]
    public void The_gradient_is_each_examples_own_whatever_the_batch()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, 2 }, { 3, -1 } });
        var images = tensor([0.2f, 0.4f, 0.9f, 0.1f]).reshape(2, 1, 1, 2);
        var both = new MarginLoss(tensor([0L, 1L])).Gradient(network.Classifier, images);
        TensorAssert.Close(tensor([2f, -3f, -2f, 3f]).reshape(2, 1, 1, 2), both, 1e-6);
        var alone = new MarginLoss(tensor([1L])).Gradient(network.Classifier, images[1].unsqueeze(0));
        TensorAssert.Same(alone, both[1].unsqueeze(0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_that_cuts_its_input_off_has_a_gradient_of_zero(bool trainable)
    {
        using var scope = NewDisposeScope();
        using var linear = nn.Linear(2, 2);
        foreach (var parameter in linear.parameters())
            parameter.requires_grad = trainable;
        using var network = nn.Sequential(("cut", new Evaluation.Checks.MaskedNetwork(
            input => input.flatten(1).gt(0.5).to(ScalarType.Float32))), ("linear", linear));
        using var classifier = new Trainer.Robustness.Classifier(network, 2);
        TensorAssert.Same(
            zeros(1, 1, 1, 2), new MarginLoss(tensor([0L])).Gradient(
            classifier, tensor([0.2f, 0.4f]).reshape(1, 1, 1, 2)));
        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void Taking_a_gradient_gives_parameters_none_and_leaves_the_images_as_they_were()
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(new float[,] { { 1, 2 }, { 3, -1 } });
        var images = tensor([0.2f, 0.4f]).reshape(1, 1, 1, 2);
        using (no_grad())
            new CrossEntropyLoss(tensor([0L])).Gradient(network.Classifier, images);
        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.All(network.parameters(), parameter => Assert.True(parameter.requires_grad));
        Assert.False(images.requires_grad);
    }
}
