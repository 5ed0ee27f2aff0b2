using Trainer.Robustness.Losses;

namespace Trainer.Tests.Attacks;

public sealed class DlrLossTests
{
    private static readonly float[,] Logits = { { 1, 4, 2, 0 }, { 5, 4, 2, 0 }, { -1, 3, 2, 2.5f } };

    [Fact]
    public void It_is_the_margin_over_the_gap_between_first_and_third()
    {
        using var scope = NewDisposeScope();
        // Rows 0 and 2 are misclassified, row 1 is not: its other class is the second.
        var loss = new DlrLoss(tensor([2L, 0L, 0L]));
        TensorAssert.Close(
            tensor([(4f - 2) / (4 - 1), (4f - 5) / (5 - 2), (3f + 1) / (3 - 2)]), loss.PerExample(tensor(Logits)),
            1e-6);
    }

    [Fact]
    public void The_targeted_one_is_the_targets_lead_over_the_gap_between_first_and_mean_of_third_and_fourth()
    {
        using var scope = NewDisposeScope();
        var loss = new TargetedDlrLoss(tensor([1L, 0L, 0L]), tensor([2L, 1L, 3L]));
        var expected = tensor([(2f - 4) / (4 - 0.5f), (4f - 5) / (5 - 1f), (2.5f + 1) / (3 - 0.5f)]);
        TensorAssert.Close(expected, loss.PerExample(tensor(Logits)), 1e-6);
    }

    [Fact]
    public void Both_keep_their_value_when_logits_are_scaled_and_shifted()
    {
        using var scope = NewDisposeScope();
        foreach (var loss in (AttackLoss[])[new DlrLoss(tensor([2L, 0L, 0L])),
            new TargetedDlrLoss(tensor([1L, 0L, 0L]), tensor([2L, 1L, 3L]))])
            TensorAssert.Close(loss.PerExample(tensor(Logits)), loss.PerExample(tensor(Logits) * 100 - 7), 1e-5);
    }

    [Fact]
    public void Equal_logits_give_no_infinity()
    {
        using var scope = NewDisposeScope();
        TensorAssert.Same(zeros(1), new DlrLoss(tensor([0L])).PerExample(ones(1, 5)));
        TensorAssert.Same(zeros(1), new TargetedDlrLoss(tensor([0L]), tensor([1L])).PerExample(ones(1, 5)));
    }

    [Fact]
    public void Too_few_classes_are_refused_with_what_to_use_instead()
    {
        using var scope = NewDisposeScope();
        var two = Assert.Throws<ArgumentException>(() => new DlrLoss(tensor([0L])).PerExample(ones(1, 2)));
        Assert.Equal(
            "Found 2 classes, expected at least 3 for the difference of logits ratio. "
            + "Use the cross-entropy or the margin.", two.Message);
        var three = Assert.Throws<ArgumentException>(
            () => new TargetedDlrLoss(tensor([0L]), tensor([1L])).PerExample(ones(1, 3)));
        Assert.Equal(
            "Found 3 classes, expected at least 4 for the targeted difference of logits ratio. "
            + "Use TargetedMarginLoss.", three.Message);
    }

    [Fact]
    public void Selected_rows_keep_their_targets()
    {
        using var scope = NewDisposeScope();
        var loss = new TargetedDlrLoss(tensor([1L, 0L, 0L]), tensor([2L, 1L, 3L]));
        var rows = tensor([2L, 0L]);
        TensorAssert.Same(
            loss.PerExample(tensor(Logits)).index_select(0, rows),
            loss.Select(rows).PerExample(tensor(Logits).index_select(0, rows)));
    }
}
