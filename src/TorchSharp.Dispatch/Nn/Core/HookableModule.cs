namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose <c>call</c> runs hooks before and after <c>forward</c>; <c>forward</c> itself runs none.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private readonly OrderedDictionary<string, TPreHook> preHooks = [];
            private readonly OrderedDictionary<string, TPostHook> postHooks = [];
            private readonly OrderedDictionary<string, Action<Module>> modulePreHooks = [];
            private readonly OrderedDictionary<string, Action<Module>> modulePostHooks = [];

            protected HookableModule(string name) : base(name) { }

            public HookRemover register_forward_hook(TPostHook hook) => Add(postHooks, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Add(modulePostHooks, hook);

            public HookRemover register_forward_pre_hook(TPreHook hook) => Add(preHooks, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Add(modulePreHooks, hook);

            private protected IEnumerable<TPreHook> BeforeForward()
            {
                foreach (var hook in modulePreHooks.Values) hook(this);
                return preHooks.Values;
            }

            private protected IEnumerable<TPostHook> AfterForward() => postHooks.Values;

            private protected TResult Finish<TResult>(TResult result)
            {
                foreach (var hook in modulePostHooks.Values) hook(this);
                return result;
            }

            private HookRemover Add<THook>(OrderedDictionary<string, THook> hooks, THook hook)
            {
                var key = Guid.NewGuid().ToString();
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                preHooks.Remove(key);
                postHooks.Remove(key);
                modulePreHooks.Remove(key);
                modulePostHooks.Remove(key);
            }

            /// <summary>Takes back one hook.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove() => module.Remove(key);
            }
        }
    }
}
