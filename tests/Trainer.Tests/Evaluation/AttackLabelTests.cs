using Trainer.Engine.Evaluation;
using Trainer.Engine.Evaluation.Ledgers;
using Trainer.Robustness.Attacks;

namespace Trainer.Tests.Evaluation;

public sealed class AttackLabelTests
{
    public static TheoryData<IAttack, string> Single => new()
    {
        { new Malt(), "malt" },
        { new Malt { Targets = 2 }, "malt (2 targets)" },
        { new ApgdTargeted { Targets = 1 }, "apgd-t (1 target)" },
        { new FabTargeted { Targets = 3 }, "fab-t (3 targets)" },
        { new MultiTargeted(), "multi-targeted-100" },
        { new MultiTargeted { Targets = 9 }, "multi-targeted-100 (9 targets)" },
        { new Eot { Attack = new Malt { Targets = 2 } }, "malt-eot20 (2 targets)" },
        { new Eot { Attack = new ApgdTargeted() }, "apgd-t-eot20" },
        { new Pgd { Steps = 4 }, "pgd-4" },
    };

    [Theory]
    [MemberData(nameof(Single))]
    public void An_attack_has_its_number_of_targets_where_it_is_not_the_usual_one(IAttack attack, string label)
    {
        Assert.Equal(label, AttackLabel.Of(attack.Name, [LedgerIdentity.Describe(attack)]));
        Assert.Equal(attack.Name, AttackLabel.Of(attack.Name, null));
    }

    [Fact]
    public void Each_part_of_a_sequence_has_its_own_and_an_ensemble_has_none()
    {
        IReadOnlyList<IAttack> parts = [new ApgdCe(), new Malt { Targets = 2 }, new ApgdTargeted { Targets = 5 }];
        Assert.Equal("apgd-ce + malt (2 targets) + apgd-t (5 targets)", Of("apgd-ce + malt + apgd-t"));
        // As AutoAttack attacks under L1.
        Assert.Equal("autoattack", Of("autoattack"));

        string Of(string name) =>
            AttackLabel.Of(name, [.. parts.Select(part => $"{name}: {LedgerIdentity.Describe(part)}")]);
    }
}
