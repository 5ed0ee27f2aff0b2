using System.Runtime.CompilerServices;
using Trainer.Engine.Distributed;

namespace Trainer.Tests.Distributed;

public sealed class TaskDealTests
{
    [Fact]
    public void A_failure_of_another_thread_keeps_its_place()
    {
        var deal = new TaskDeal<int>(count: 1, ahead: 1);
        try
        {
            Fail();
        }
        catch (InvalidOperationException failure)
        {
            deal.Fail(failure);
        }
        foreach (var ask in (Func<object?>[])[() => deal.Next(), () => deal.Take(wait: true).ToList()])
            Assert.Contains(
                nameof(Fail), Assert.Throws<InvalidOperationException>(ask).StackTrace, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail() => throw new InvalidOperationException("failed");
}
