using System.Runtime.InteropServices;
using Trainer.Engine.Signals;

namespace Trainer.Tests.Signals;

/// <summary>Sends signals to the test process itself.</summary>
public sealed class StopRequestsTests
{
    [Theory]
    [InlineData(StopSignal.Terminate, 143)]
    [InlineData(StopSignal.HangUp, 129)]
    public void A_signal_asks_the_run_to_end_with_its_exit_code(StopSignal signal, int code)
    {
        using var requests = new StopRequests();
        Assert.Null(requests.Stop);
        Send((int)signal);
        Assert.True(SpinWait.SpinUntil(() => requests.Stop is not null, TimeSpan.FromSeconds(30)));
        Assert.Equal(signal, requests.Stop);
        Assert.Equal(code, StopRequests.ExitCode(signal));
        Assert.False(requests.TakeSaveRequest());
    }

    [Fact]
    public void The_first_signal_decides_and_a_second_interrupt_ends_the_process()
    {
        using var requests = new StopRequests();
        Assert.True(requests.Take(StopSignal.Interrupt));
        Assert.True(requests.Take(StopSignal.Terminate));
        Assert.True(requests.Take(StopSignal.Terminate));
        Assert.Equal(StopSignal.Interrupt, requests.Stop);
        Assert.False(requests.Take(StopSignal.Interrupt));
        Assert.Equal(130, StopRequests.ExitCode(StopSignal.Interrupt));
    }

    [Fact]
    public void The_user_signal_asks_for_one_save()
    {
        using var requests = new StopRequests();
        Send(StopRequests.UserSignal ?? 0);
        Assert.True(SpinWait.SpinUntil(requests.TakeSaveRequest, TimeSpan.FromSeconds(30)));
        Assert.False(requests.TakeSaveRequest());
        Assert.Null(requests.Stop);
    }

    [Fact]
    public void The_end_of_the_input_asks_the_run_to_end()
    {
        using var requests = new StopRequests();
        using var input = new MemoryStream([1, 2, 3]);
        requests.AwaitEnd(input);
        Assert.Equal((StopSignal.Terminate, 3), (requests.Stop, input.Position));
    }

    [Fact]
    public void An_input_that_is_gone_is_at_its_end()
    {
        using var requests = new StopRequests();
        using var input = new GoneTerminal();
        requests.AwaitEnd(input);
        Assert.Equal(StopSignal.Terminate, requests.Stop);
    }

    /// <summary>Else it ends the process.</summary>
    [Fact]
    public void The_user_signal_passes_where_there_is_nothing_to_save()
    {
        using (StopRequests.IgnoreSaves())
        {
            Send(StopRequests.UserSignal ?? 0);
            using var requests = new StopRequests();
            Send(StopRequests.UserSignal ?? 0);
            Assert.True(SpinWait.SpinUntil(requests.TakeSaveRequest, TimeSpan.FromSeconds(30)));
        }
    }

    private sealed class GoneTerminal : MemoryStream
    {
        public override int ReadByte() => throw new IOException("Input/output error");
    }

    private static void Send(int signal) => Assert.Equal(0, Kill(Environment.ProcessId, signal));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
