import { AutoscaleSetting } from '@pulumi/azure-native/monitor/autoscaleSetting.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

export interface ScalingArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly planId: Input<string>;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** CPU time of the plan in percent: with three instances, the loss of one leaves the other two below 100 when scaling out begins here. */
const BUSY_CPU_PERCENT = 65;
/** After one instance less, the others are still well below the value that adds one: 30 % on 4 are 40 % on 3. */
const IDLE_CPU_PERCENT = 30;
/** Requests that wait at the front of an instance: the server takes hundreds at a time, so that a lasting queue means that it cannot. */
const LONG_QUEUE_REQUESTS = 50;
const EMPTY_QUEUE_REQUESTS = 5;
/** Out fast, since a burst of agents comes within minutes; in slowly, since each instance less ends warm processes. */
const OUT = { timeWindow: 'PT5M', cooldown: 'PT5M' } as const;
const IN = { timeWindow: 'PT15M', cooldown: 'PT15M' } as const;

/** More instances under load, fewer after it. Source: learn.microsoft.com, "Best practices for autoscale": a rule out and one in for each metric, with a margin between. */
export class Scaling extends ComponentResource {
  readonly autoscaleId: Output<string>;

  constructor(name: string, args: ScalingArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Scaling', name, {}, options);
    const rule = (metricName: string, operator: 'GreaterThan' | 'LessThan', threshold: number) => {
      const isOut = operator === 'GreaterThan';
      const { timeWindow, cooldown } = isOut ? OUT : IN;
      return {
        metricTrigger: { metricName, metricResourceUri: args.planId, timeGrain: 'PT1M', statistic: 'Average' as const, timeWindow, timeAggregation: 'Average' as const, operator, threshold },
        scaleAction: { direction: isOut ? ('Increase' as const) : ('Decrease' as const), type: 'ChangeCount' as const, value: '1', cooldown },
      };
    };
    const setting = new AutoscaleSetting(args.name, {
      resourceGroupName: args.resourceGroupName,
      // The SDK would fill in false.
      enabled: true,
      targetResourceUri: args.planId,
      profiles: [{
        name: 'load',
        // Without metrics it goes back to what is always enough.
        capacity: { minimum: String(args.minInstances), default: String(args.minInstances), maximum: String(args.maxInstances) },
        rules: [
          rule('CpuPercentage', 'GreaterThan', BUSY_CPU_PERCENT),
          rule('HttpQueueLength', 'GreaterThan', LONG_QUEUE_REQUESTS),
          // Azure takes one away only when all of these hold.
          rule('CpuPercentage', 'LessThan', IDLE_CPU_PERCENT),
          rule('HttpQueueLength', 'LessThan', EMPTY_QUEUE_REQUESTS),
        ],
      }],
      tags: args.tags,
    }, { parent: this });
    this.autoscaleId = setting.id;
    this.registerOutputs({ autoscaleId: this.autoscaleId });
  }
}
